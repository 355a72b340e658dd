import type { ParticipantKind } from "./types";

/** The Matrix user of an identity `@user:domain:DEVICE`; null for one that is no such thing (a hashed one). */
export function userOf(identity: string): string | null {
  const [, userId = null] = /^(@[^:]+:.+):[^:]+$/.exec(identity) ?? [];
  return userId;
}

/** What sort of participant it is: its attribute says so, else its identity. */
export function kindOf(identity: string, attribute: string | undefined): ParticipantKind {
  if (attribute === "guest" || attribute === "phone" || attribute === "member") return attribute;
  if (identity.startsWith("@_guest_")) return "guest";
  return identity.startsWith("@_tel_") ? "phone" : "member";
}

/** A last resort for a name: the readable part of the identity. */
export function plainName(identity: string): string {
  return /^@([^:]+)/.exec(identity)?.[1] ?? identity;
}

/** When a hand was raised, in ms since the epoch; null for one that is down, or for nonsense. */
export function handOf(attribute: string | undefined): number | null {
  const at = Number(attribute);
  return attribute && Number.isFinite(at) && at > 0 ? at : null;
}

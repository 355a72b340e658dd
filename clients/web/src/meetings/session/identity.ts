import type { ParticipantKind } from "./types";

/** The Matrix user of an identity `@user:domain:DEVICE`; null for one that is no such thing (a hashed one). */
export function userOf(identity: string): string | null {
  const [, userId = null] = /^(@[^:]+:.+):[^:]+$/.exec(identity) ?? [];
  return userId;
}

/** What sort of participant it is. Visitors may change their attributes, but not whose identity they have. */
export function kindOf(identity: string, attribute: string | undefined): ParticipantKind {
  if (identity.startsWith("@_guest_")) return "guest";
  if (identity.startsWith("@_tel_")) return "phone";
  return attribute === "guest" || attribute === "phone" ? attribute : "member";
}

/** Whether it is nobody, but what records the meeting. Nobody else can have such an identity. */
export function isRecorder(identity: string): boolean {
  return identity.startsWith("@_tel_recording_");
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

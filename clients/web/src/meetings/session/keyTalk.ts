import type { KeyWire } from "./types";

/** What participants say to each other about keys, on the topic `keys`: JSON in UTF-8. */
export type KeyWord =
  /** Who came by a link asks the members for their keys; `name` is that of the link's secret. */
  | { kind: "ask"; name: string }
  /** A member's key, `{key, index}`, sealed with a link's secret for "key <identity of the sender>". */
  | { kind: "key"; name: string; box: string }
  /** A link's secret, sealed with the receiver's own media key for "secret". */
  | { kind: "secret"; box: string };

export function say(wire: KeyWire, word: KeyWord, to?: readonly string[]): void {
  // Who does not get it asks; a connection that breaks is made anew and talks again.
  void wire.send(new TextEncoder().encode(JSON.stringify(word)), to).catch(() => undefined);
}

/** What somebody said, or null for nonsense. */
export function hear(payload: Uint8Array): KeyWord | null {
  try {
    const { kind, name, box } = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    if (kind === "ask" && typeof name === "string") return { kind, name };
    if (kind === "key" && typeof name === "string" && typeof box === "string") return { kind, name, box };
    return kind === "secret" && typeof box === "string" ? { kind, box } : null;
  } catch {
    return null;
  }
}

/** Whoever came by a link or a telephone has no key from MatrixRTC. */
export function isVisitor(identity: string): boolean {
  return identity.startsWith("@_guest_") || identity.startsWith("@_tel_");
}

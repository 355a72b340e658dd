/** What an invitation of the house asks of a client of ours beyond ringing (docs/decisions/0040). */
export interface Wish {
  /** The Matrix call whose place it takes, where that stands; it rings nowhere. */
  replaces: string | null;
  /** The device whose person asked for the call: it answers at once, the others do not ring. */
  device: string | null;
}

/** Of the content of an `m.call.invite`; null for one like any other. */
export function readWish(content: Record<string, unknown>): Wish | null {
  const replaces = textOf(content["org.unisono.replaces"]);
  const device = textOf(content["org.unisono.device"]);
  return replaces === null && device === null ? null : { replaces, device };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

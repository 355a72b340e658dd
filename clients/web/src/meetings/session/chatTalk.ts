import { isVisitor } from "./keyTalk";
import { SEALED_MORE } from "./sealed";

/**
 * The rules of the chat with guests in an encrypted meeting. A packet on the topic `chat` is a `Word` in JSON, sealed
 * with the secret of a guest's link for "chat <identity of the sender>": who said it is what the SFU says of the packet,
 * and nobody can pass one on as another's.
 */
export interface Word {
  /** The sender's own choice; a member who says it again puts the new words in place of the old ones. */
  readonly id: string;
  readonly body: string;
  /** Who said it, where a member passes on what somebody wrote in the room who is not here to say it. */
  readonly by?: string;
}

/** UTF-16 units of a message, as the chat of open meetings takes them. */
export const BODY_MOST = 4_000;
/** Bytes of a packet: LiveKit promises 15 KiB for reliable ones. */
export const PACKET_MOST = 15_000;
/** How many messages a guest may say within how many ms, as in open meetings; members pass on others', too. */
const SAID_MOST = 20;
const PASSED_MOST = 200;
const SAID_WITHIN_MS = 30_000;
/** UTF-16 units of a name. */
export const NAME_MOST = 200;

const ID = /^[\w$.:~+/=-]{1,255}$/;
const GUEST_ID = /^[\w-]{1,64}$/;
const CUT = "…";

/** Why a guest's word was not said. */
export class NotSaid extends Error {
  /** @param why - alone: no member is there who could pass it on. */
  constructor(readonly why: "alone" | "too_much") {
    super(why);
  }
}

/** A word out of its box; null for nonsense. */
export function readWord(content: unknown): Word | null {
  const { id, body, by } = Object(content) as Record<string, unknown>;
  if (typeof id !== "string" || !ID.test(id) || typeof body !== "string") return null;
  if (body.trim() === "" || body.length > BODY_MOST) return null;
  if (by === undefined) return { id, body };
  return typeof by === "string" && by !== "" && by.length <= NAME_MOST ? { id, body, by } : null;
}

/** Whether somebody may say this: a guest speaks for nobody else, and not in the name of an event. */
export function isTheirs({ id, by }: Word, identity: string): boolean {
  return !isGuest(identity) || (by === undefined && GUEST_ID.test(id));
}

/** Whether a word may be said: it is one, and goes into a packet. */
export function fits(word: Word): boolean {
  const bytes = new TextEncoder().encode(JSON.stringify(word)).length;
  return readWord(word) !== null && bytes + SEALED_MORE <= PACKET_MOST;
}

/** A word with as much of its body as may be said: members write longer ones in their room. */
export function cut(word: Word): Word {
  for (let kept = BODY_MOST; !fits(word) && kept > 0; kept = Math.floor(kept * 0.8))
    if (word.body.length > kept) word = { ...word, body: word.body.slice(0, kept - 1) + CUT };
  return word;
}

/** When this participant said something lately, with `now` (ms) added; null when it is too much. */
export function maySay(identity: string, said: readonly number[], now: number): readonly number[] | null {
  const recent = said.filter((at) => now - at < SAID_WITHIN_MS);
  return recent.length < (isGuest(identity) ? SAID_MOST : PASSED_MOST) ? [...recent, now] : null;
}

export function isGuest(identity: string): boolean {
  return identity.startsWith("@_guest_");
}

/** Who takes part: guests, and members; what a telephone knows, the organisation's server could know. */
export function takesPart(identity: string): boolean {
  return isGuest(identity) || !isVisitor(identity);
}

/**
 * The one who writes a guest's words into the room: of the members that hold the secret with which they came, the one
 * with the least identity.
 *
 * @param people - `keeps`: the names of the secrets that each holds, parted by blanks; nobody's word but a member's counts.
 */
export function keeperOf(
  people: readonly { readonly identity: string; readonly keeps: string }[],
  secretName: string,
): string | null {
  const able = people.filter(
    ({ identity, keeps }) => !isVisitor(identity) && keeps.split(" ").includes(secretName),
  );
  return able.map(({ identity }) => identity).toSorted()[0] ?? null;
}

import { isReaction } from "../session/wire";

/**
 * Hands and reactions as Element Call says them: events that relate to their sender's own membership of the call. Our
 * clients say the same through the SFU, where guests and telephones have a part in it, too.
 */

export const HAND = "🖐️";
export const HAND_TYPE = "m.reaction";
export const REACTION_TYPE = "io.element.call.reaction";
/** In a membership: this client says hands and reactions through the SFU; what it says by events is for the others. */
export const BY_MEDIA = "org.unisono.signs_by_media";

/** A reaction is shown by Element Call for so long, in ms; others of the same person meanwhile it does not show. */
export const REACTION_GAP_MS = 3_000;
/** An event that comes later than this, in ms, is of a moment that has gone by. */
const REACTION_FRESH_MS = 30_000;

/** The names by which Element Call knows these; of another name it shows the sign itself. */
const NAMES: Readonly<Record<string, string>> = {
  "👍": "thumbsup",
  "🎉": "party",
  "👏": "clapping",
  "👎": "thumbsdown",
};

/** An event, as far as it is read here. */
export interface Said {
  readonly id: string;
  readonly sender: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A hand that is up. */
export interface Hand {
  readonly id: string;
  readonly sender: string;
  /** The event of the membership that it belongs to. */
  readonly membership: string;
  readonly at: number;
}

/** One device in the call. */
export interface Member {
  readonly eventId: string;
  readonly userId: string;
}

export interface Hands {
  readonly raised: ReadonlyMap<string, Hand>;
  /** What was redacted: an answer that was under way may still have it. */
  readonly lowered: ReadonlySet<string>;
}

export const NO_HANDS: Hands = { raised: new Map(), lowered: new Set() };

export function handContent(membership: string): Record<string, unknown> {
  return { "m.relates_to": { rel_type: "m.annotation", event_id: membership, key: HAND } };
}

/** The hand that an `m.reaction` raises; null for any other. */
export function readHand({ id, sender, at, content }: Said): Hand | null {
  const { rel_type: type, event_id: membership, key } = relation(content);
  if (type !== "m.annotation" || typeof membership !== "string" || key !== HAND) return null;
  return { id, sender, membership, at };
}

export function reactionContent(membership: string, emoji: string): Record<string, unknown> {
  const relates = { rel_type: "m.reference", event_id: membership };
  return { "m.relates_to": relates, emoji, name: NAMES[emoji] ?? "generic" };
}

/** What somebody in the call shows; null for nonsense, and for what is over. */
export function readReaction(
  { sender, at, content }: Said,
  now: number,
): { member: Member; emoji: string } | null {
  const { rel_type: type, event_id: eventId } = relation(content);
  if (type !== "m.reference" || typeof eventId !== "string") return null;
  if (!isReaction(content.emoji) || now - at > REACTION_FRESH_MS) return null;
  return { member: { eventId, userId: sender }, emoji: content.emoji };
}

export function raise(hands: Hands, hand: Hand): Hands {
  if (hands.raised.has(hand.id) || hands.lowered.has(hand.id)) return hands;
  return { ...hands, raised: new Map(hands.raised).set(hand.id, hand) };
}

export function lower(hands: Hands, id: string): Hands {
  const raised = new Map(hands.raised);
  raised.delete(id);
  return { raised, lowered: new Set(hands.lowered).add(id) };
}

/** When this member's hand went up, in ms since the epoch; null while it is down. Nobody raises another's. */
export function raisedAt(hands: Hands, { eventId, userId }: Member): number | null {
  const theirs = [...hands.raised.values()].filter(
    (hand) => hand.membership === eventId && hand.sender === userId,
  );
  return theirs.length > 0 ? Math.min(...theirs.map((hand) => hand.at)) : null;
}

/** One's own part: what the events are to say. */
export interface OwnHand {
  readonly userId: string;
  /** The memberships that this device has had in the call. */
  readonly memberships: ReadonlySet<string>;
  /** The one that it has now; null on the way in, and once it has left. */
  readonly membership: string | null;
  readonly up: boolean;
  /** Somebody is in the call who learns of hands by events alone. */
  readonly awaited: boolean;
}

export type Step = { kind: "raise"; membership: string } | { kind: "lower"; id: string };

/** What has to be written next for one's hand to be said as it is; null when it is. */
export function nextStep(hands: Hands, own: OwnHand): Step | null {
  const mine = [...hands.raised.values()].filter(
    (hand) => hand.sender === own.userId && own.memberships.has(hand.membership),
  );
  const wrong = mine.find((hand) => !own.up || hand.membership !== own.membership);
  if (wrong) return { kind: "lower", id: wrong.id };
  if (!own.up || !own.awaited || own.membership === null || mine.length > 0) return null;
  return { kind: "raise", membership: own.membership };
}

function relation(content: Said["content"]): { rel_type?: unknown; event_id?: unknown; key?: unknown } {
  return Object(content["m.relates_to"]) as { rel_type?: unknown; event_id?: unknown; key?: unknown };
}

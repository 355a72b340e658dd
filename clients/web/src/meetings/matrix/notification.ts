/** Ringing for a group call: MSC4075 (`rtc.notification`), its decline MSC4310. Pure. */

/** How long a meeting rings, in ms; clients may say more, two minutes at most count (MSC4075). */
export const RING_MS = 45_000;
const AT_MOST_MS = 120_000;
/** Clocks differ: a sender's time this far from the server's is not believed (MSC4075 says 20 s). */
const CLOCKS_MS = 20_000;
/** More people than this are told of a meeting, but not rung. */
export const RING_AT_MOST = 12;

/** The one call of a room. */
export const ROOM_SLOT = "m.call#ROOM";

export interface Notified {
  /** The notification's event id. */
  id: string;
  roomId: string;
  sender: string;
  ring: boolean;
  video: boolean;
  /** Milliseconds since the epoch. */
  endsAt: number;
}

interface RawEvent {
  id: string;
  roomId: string;
  sender: string;
  /** Of the server, in ms. */
  ts: number;
  content: Record<string, unknown>;
}

/** What a notification asks of me, or null when it is not for me, too old, or nonsense. */
export function readNotification(event: RawEvent, me: string, now: number): Notified | null {
  const { content, sender } = event;
  if (sender === me || !mentions(content["m.mentions"], me)) return null;
  const endsAt = startOf(content.sender_ts, event.ts) + lifetimeOf(content.lifetime);
  if (endsAt <= now) return null;
  return {
    id: event.id,
    roomId: event.roomId,
    sender,
    ring: content.notification_type === "ring",
    video: content["m.call.intent"] !== "audio",
    endsAt,
  };
}

function mentions(value: unknown, me: string): boolean {
  const { room, user_ids: userIds } = Object(value) as { room?: unknown; user_ids?: unknown };
  return room === true || (Array.isArray(userIds) && userIds.includes(me));
}

function startOf(senderTs: unknown, ts: number): number {
  const believed = typeof senderTs === "number" && Math.abs(senderTs - ts) <= CLOCKS_MS;
  return believed ? senderTs : ts;
}

function lifetimeOf(lifetime: unknown): number {
  return typeof lifetime === "number" && lifetime > 0 ? Math.min(lifetime, AT_MOST_MS) : RING_MS;
}

/** The content that rings these people, or the whole room where there are no chosen ones. */
export function notificationContent(
  membershipEventId: string | null,
  userIds: readonly string[] | null,
  ring: boolean,
  now: number,
): Record<string, unknown> {
  return {
    slot_id: ROOM_SLOT,
    "m.mentions": userIds ? { user_ids: [...userIds] } : { room: true },
    notification_type: ring ? "ring" : "notification",
    "m.call.intent": "video",
    sender_ts: now,
    lifetime: RING_MS,
    ...(membershipEventId
      ? { "m.relates_to": { rel_type: "m.reference", event_id: membershipEventId } }
      : {}),
  };
}

/** Declines a notification: all one's devices stop, and the caller is told (MSC4310). */
export function declineContent(notificationId: string): Record<string, unknown> {
  return { "m.relates_to": { rel_type: "m.reference", event_id: notificationId } };
}

/** The notification that a decline is about. */
export function declined(content: Record<string, unknown>): string | null {
  const relation = Object(content["m.relates_to"]) as { event_id?: unknown };
  return typeof relation.event_id === "string" ? relation.event_id : null;
}

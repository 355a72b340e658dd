import { EventType, type MatrixClient, type MatrixEvent, type Room } from "matrix-js-sdk";

/**
 * How many messages of a room are unread. The homeserver counts what makes a device ring, too (Matrix spec, "Push
 * rules", `.m.rule.call`): calls have a list and a badge of their own.
 */
export function unreadMessages(client: MatrixClient, room: Room): number {
  const counted = room.getUnreadNotificationCount();
  if (counted === 0) return 0;
  const calls = unreadEvents(client, room).filter((event) => rings(client, event) || isCallReaction(event));
  return Math.max(0, counted - calls.length);
}

/** What others have sent since I read here last, as far as it is loaded. */
function unreadEvents(client: MatrixClient, room: Room): MatrixEvent[] {
  const me = client.getSafeUserId();
  // Answering counts as reading for the SDK alone, not for the homeserver.
  const readId = room.getEventReadUpTo(me, true);
  const events = room.getLiveTimeline().getEvents();
  const read = events.findLastIndex((event) => event.getId() === readId);
  return events.slice(read + 1).filter((event) => event.getSender() !== me);
}

const CALL_REACTION = "io.element.call.reaction";
const RINGING: ReadonlySet<string> = new Set([
  EventType.CallInvite,
  EventType.CallNotify,
  EventType.RTCNotification,
]);

/** Of a reaction in a call (Element Call) the homeserver sees in an encrypted room no more than of a message. */
function isCallReaction(event: MatrixEvent): boolean {
  return event.isEncrypted() && event.getType() === CALL_REACTION;
}

function rings(client: MatrixClient, event: MatrixEvent): boolean {
  return RINGING.has(event.getType()) && client.getPushActionsForEvent(event)?.notify === true;
}

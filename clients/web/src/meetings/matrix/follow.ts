import {
  ClientEvent,
  EventType,
  MatrixEventEvent,
  RoomEvent,
  type MatrixClient,
  type MatrixEvent,
  type Room,
} from "matrix-js-sdk";
import { type MatrixRTCSession, MatrixRTCSessionEvent } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSession";
import { MatrixRTCSessionManagerEvents } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSessionManager";
import { called, declinedBy, joined } from "./callees";
import { declined, readNotification } from "./notification";
import { begin, end, follow, rings } from "./rings";
import { callOf, roomCalls, withCall } from "./roomCalls";

/** Keeps the calls of all rooms and what rings true to the sync; the answer ends it. */
export function followMeetings(client: MatrixClient): () => void {
  const watched = new Map<string, () => void>();
  const watch = (room: Room): void => {
    if (!watched.has(room.roomId)) watched.set(room.roomId, watchRoom(client, room));
  };
  // Told once the room is known: of the first sync neither the state's own event nor a session's beginning serves.
  const onMember = (event: MatrixEvent): void => {
    const room = client.getRoom(event.getRoomId());
    if (room && (event.getType() === EventType.GroupCallMemberPrefix || isStickyMember(event))) watch(room);
  };
  const onStarted = (roomId: string): void => {
    const room = client.getRoom(roomId);
    if (room) watch(room);
  };
  const onEvent = (event: MatrixEvent, room: Room | undefined): void => {
    if (room) onTimeline(client, room, event);
  };
  // Other clients encrypt in encrypted rooms what we say in clear.
  const onDecrypted = (event: MatrixEvent): void =>
    onEvent(event, client.getRoom(event.getRoomId()) ?? undefined);
  for (const room of client.getRooms()) if (hasCall(room)) watch(room);
  client.on(ClientEvent.Event, onMember);
  client.on(RoomEvent.Timeline, onEvent);
  client.on(MatrixEventEvent.Decrypted, onDecrypted);
  client.matrixRTC.on(MatrixRTCSessionManagerEvents.SessionStarted, onStarted);
  const unfollow = roomCalls.subscribe(onCalls);
  return () => {
    client.off(ClientEvent.Event, onMember);
    client.off(RoomEvent.Timeline, onEvent);
    client.off(MatrixEventEvent.Decrypted, onDecrypted);
    client.matrixRTC.off(MatrixRTCSessionManagerEvents.SessionStarted, onStarted);
    unfollow();
    for (const forget of watched.values()) forget();
    roomCalls.set(new Map());
  };
}

function hasCall(room: Room): boolean {
  if (room.currentState.getStateEvents(EventType.GroupCallMemberPrefix).length > 0) return true;
  // oxlint-disable-next-line no-underscore-dangle -- the SDK's name for what is not stable in Matrix
  return [...room._unstable_getStickyEvents()].some(isStickyMember);
}

/** A member of a call as newer clients say it: not by state, but by an event that stays for a while (MSC4354). */
function isStickyMember(event: MatrixEvent): boolean {
  return event.getType() === (EventType.RTCMembership as string);
}

function watchRoom(client: MatrixClient, room: Room): () => void {
  const session = client.matrixRTC.getRoomSession(room);
  const publish = (): void => publishCall(client, room, session);
  session.on(MatrixRTCSessionEvent.MembershipsChanged, publish);
  // A member of the call whom the lazy list of members does not know yet would not count.
  void room
    .loadMembersIfNeeded()
    .then(() => session.ensureRecalculateSessionMembers())
    .then(publish, publish);
  return () => session.off(MatrixRTCSessionEvent.MembershipsChanged, publish);
}

function publishCall(client: MatrixClient, room: Room, session: MatrixRTCSession): void {
  const me = { userId: client.getSafeUserId(), deviceId: client.getDeviceId() ?? "" };
  const members = session.memberships.map((member) => ({
    userId: member.userId,
    deviceId: member.deviceId,
    since: member.createdTs(),
  }));
  roomCalls.update((calls) => withCall(calls, room.roomId, callOf(room.roomId, members, me)));
}

/** What rings, and who was called, learn of the calls. */
function onCalls(): void {
  const calls = roomCalls.get();
  rings.update((state) => follow(state, calls));
  called.update((state) => joined(state, state ? calls.get(state.roomId) : undefined));
}

function onTimeline(client: MatrixClient, room: Room, event: MatrixEvent): void {
  const type = event.getType();
  if (type === EventType.RTCDecline) return onDecline(client, event);
  if (type !== EventType.RTCNotification) return undefined;
  const id = event.getId();
  if (!id || event.status !== null) return undefined;
  const raw = {
    id,
    roomId: room.roomId,
    sender: event.getSender() ?? "",
    ts: event.getTs(),
    content: event.getContent(),
  };
  const notified = readNotification(raw, client.getSafeUserId(), Date.now());
  if (notified) rings.update((state) => begin(state, notified, roomCalls.get().get(room.roomId)));
  return undefined;
}

function onDecline(client: MatrixClient, event: MatrixEvent): void {
  const id = declined(event.getContent());
  const sender = event.getSender();
  if (id === null || !sender) return;
  // Declined on one of my devices, it stops on all.
  if (sender === client.getUserId()) rings.update((state) => end(state, id, "declined"));
  else called.update((state) => declinedBy(state, id, sender));
}

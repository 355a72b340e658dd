import {
  ClientEvent,
  EventStatus,
  EventType,
  KnownMembership,
  MatrixEventEvent,
  RoomEvent,
  RoomStateEvent,
  type MatrixClient,
  type MatrixEvent,
  type Room,
} from "matrix-js-sdk";
import { numberFormat } from "../../numbers/numberFormat";
import { people } from "../../people/people";
import { readGuestWords } from "../guestWords";
import { NO_ROOMS, countUnread, rooms, sortRooms, type LastLine, type RoomSummary } from "../rooms";
import { unreadTotal } from "../unread";
import { directInviter, directRooms } from "./direct";
import { messageKind } from "./messages";
import { memberName } from "./names";
import { coalesce } from "./schedule";
import { unreadMessages } from "./unread";

/** Keeps the room list true to the sync; what did not change keeps its identity. */
export function followRooms(client: MatrixClient): () => void {
  const publish = coalesce(() => publishRooms(client));
  const subjects = [
    [client, ClientEvent.Room],
    [client, ClientEvent.DeleteRoom],
    [client, ClientEvent.Sync],
    [client, ClientEvent.AccountData],
    [client, RoomEvent.Timeline],
    [client, RoomEvent.LocalEchoUpdated],
    [client, RoomEvent.Redaction],
    [client, RoomEvent.Name],
    [client, RoomEvent.MyMembership],
    [client, RoomEvent.Receipt],
    [client, RoomStateEvent.Members],
    [client, MatrixEventEvent.Replaced],
    [client, MatrixEventEvent.Decrypted],
  ] as const;
  for (const [subject, event] of subjects) subject.on(event, publish.ask);
  const unfollow = [people, numberFormat].map((store) => store.subscribe(publish.ask));
  return () => {
    for (const [subject, event] of subjects) subject.off(event, publish.ask);
    for (const end of unfollow) end();
    publish.cancel();
    rooms.set(NO_ROOMS);
    unreadTotal.set(0);
  };
}

function publishRooms(client: MatrixClient): void {
  if (!client.isInitialSyncComplete()) return;
  const before = rooms.get().byId;
  const direct = directRooms(client);
  const found = client
    .getVisibleRooms()
    .map((room) => summarise(client, room, direct.get(room.roomId) ?? directInviter(room)))
    .filter((summary) => summary !== null)
    .map((summary) => unchanged(before.get(summary.roomId), summary));
  const list = sortRooms(found);
  rooms.set({ ready: true, list, byId: new Map(list.map((room) => [room.roomId, room])) });
  unreadTotal.set(countUnread(list));
}

function unchanged(before: RoomSummary | undefined, after: RoomSummary): RoomSummary {
  return before && JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

function summarise(client: MatrixClient, room: Room, otherUserId: string | null): RoomSummary | null {
  const membership = room.getMyMembership();
  if (membership !== KnownMembership.Join && membership !== KnownMembership.Invite) return null;
  if (room.isSpaceRoom()) return null;
  const me = client.getSafeUserId();
  const last = lastSaid(room);
  const unread = unreadMessages(client, room);
  return {
    roomId: room.roomId,
    name: otherUserId ? memberName(room, otherUserId) : room.name,
    membership,
    otherUserId,
    inviter: membership === KnownMembership.Invite ? inviter(room, me) : null,
    unread,
    mentioned: unread > 0 && room.getUnreadNotificationCount("highlight" as never) > 0,
    lastTs: last?.getTs() ?? room.getMember(me)?.events.member?.getTs() ?? 0,
    last: last ? lastLine(room, last, me) : null,
    memberCount: room.getInvitedAndJoinedMemberCount(),
    encrypted: room.hasEncryptionStateEvent(),
    mayEncrypt: last === null && room.currentState.maySendStateEvent(EventType.RoomEncryption, me),
  };
}

function inviter(room: Room, me: string): RoomSummary["inviter"] {
  const userId = room.getMember(me)?.events.member?.getSender();
  return userId ? { userId, name: memberName(room, userId) } : null;
}

function lastSaid(room: Room): MatrixEvent | null {
  return room.getLiveTimeline().getEvents().findLast(isSaid) ?? null;
}

function isSaid(event: MatrixEvent): boolean {
  if (event.getType() === EventType.CallInvite) return true;
  return messageKind(event) !== null;
}

function lastLine(room: Room, event: MatrixEvent, me: string): LastLine {
  const sender = event.getSender() ?? "";
  const kind = messageKind(event);
  const content = event.getContent();
  const isText = kind === "text" || kind === "notice" || kind === "emote";
  const guest = kind === "text" ? readGuestWords(content) : null;
  const body = guest?.body ?? content.body;
  return {
    kind: kind === null ? "call" : isText || kind === "encrypted" ? "text" : kind,
    sender,
    senderName: guest?.name ?? memberName(room, sender),
    own: sender === me && guest === null,
    body: kind !== null && kind !== "encrypted" && typeof body === "string" ? body.slice(0, 200) : "",
    sending: event.isSending() && event.status !== EventStatus.NOT_SENT,
    failed: event.status === EventStatus.NOT_SENT,
  };
}

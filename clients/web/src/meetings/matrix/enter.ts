import { ClientEvent, EventType, type MatrixClient, type Room } from "matrix-js-sdk";
import { meetings } from "../../api/meetings";
import { connection, enableEncryption, steady } from "../../matrix/connection";
import { keysPublished } from "../../matrix/live/encryption";
import { rooms } from "../../matrix/rooms";
import { MemberChat } from "../session/memberChat";
import { MemberKeys } from "../session/memberKeys";
import { joinMeeting } from "../session/meeting";
import { DoorTrouble } from "../session/trouble";
import type { JoinChoices } from "../session/types";
import { MatrixDoor } from "./door";
import { declineContent } from "./notification";
import { memberKeysOf } from "./keys";
import { Ringing, sendPlain } from "./ringing";
import { roomWordsOf } from "./roomWords";
import { roomSecrets } from "./secrets";

/** How long a room that was just made, or the connection, may take to come, in ms. */
const PATIENCE_MS = 15_000;

/**
 * Enters the call of a room, ringing those who are not there.
 *
 * @param chosen Matrix ids to ring; null for all members when the call begins with us.
 * @throws DoorTrouble when there is no such room, or no connection.
 */
export async function enterRoom(
  roomId: string,
  choices: JoinChoices,
  chosen: readonly string[] | null,
): Promise<void> {
  // A server that does not answer to this keeps nobody out; one has no moderator's rights then.
  const meeting = await meetings.ofRoom(roomId).catch(() => null);
  // Of a room that was just made, the page that asked may not have known yet that it is encrypted.
  const encrypted = choices.encrypted || meeting?.encrypted === true;
  if (encrypted) await enableEncryption();
  const client = await clientThere();
  const room = await roomThere(client, roomId);
  if (!encrypted && room.hasEncryptionStateEvent())
    return enterRoom(roomId, { ...choices, encrypted: true }, chosen);
  const title = rooms.get().byId.get(roomId)?.name ?? room.name;
  if (encrypted) await encrypt(client, room, meeting?.encrypted === true);
  const ringing = new Ringing(client, room, chosen);
  const secrets = roomSecrets(roomId);
  const keys = encrypted ? new MemberKeys(memberKeysOf(client, room), secrets) : null;
  const chat = encrypted ? new MemberChat(roomWordsOf(client, room), () => secrets.read()) : null;
  joinMeeting(new MatrixDoor(client, room, title, meeting, ringing, keys, chat), { ...choices, encrypted });
}

/** The room is encrypted (`already`, as the server knows), and others can send keys to this device. */
async function encrypt(client: MatrixClient, room: Room, already: boolean): Promise<void> {
  if (!client.getCrypto()) throw new DoorTrouble("encryption_failed");
  await keysPublished(client);
  if (already || room.hasEncryptionStateEvent()) return;
  await client.sendStateEvent(room.roomId, EventType.RoomEncryption, { algorithm: "m.megolm.v1.aes-sha2" });
}

/** Declines a notification, for all of one's devices and for the caller. */
export async function decline(roomId: string, notificationId: string): Promise<void> {
  const { client } = connection.get();
  if (client) await sendPlain(client, roomId, EventType.RTCDecline, declineContent(notificationId));
}

/** Rings one person once more. */
export async function ring(roomId: string, userId: string): Promise<void> {
  const { client } = connection.get();
  const room = client?.getRoom(roomId);
  if (client && room) await new Ringing(client, room, [userId]).ring();
}

/** Waits for the client, which may be starting anew. */
async function clientThere(): Promise<MatrixClient> {
  const client = await clientLive();
  // With its first news it may have learnt that it needs keys.
  await steady();
  return connection.get().client === client ? client : clientThere();
}

function clientLive(): Promise<MatrixClient> {
  return new Promise((found, failed) => {
    const look = (): void => {
      const { client, status } = connection.get();
      if (!client || status === "connecting") return;
      end();
      found(client);
    };
    const end = (): void => {
      clearTimeout(timer);
      unsubscribe();
    };
    const timer = setTimeout(() => {
      end();
      failed(new DoorTrouble("unreachable"));
    }, PATIENCE_MS);
    const unsubscribe = connection.subscribe(look);
    look();
  });
}

/** Waits for a room that was just made. */
function roomThere(client: MatrixClient, roomId: string): Promise<Room> {
  return new Promise((found, failed) => {
    const look = (): void => {
      const room = client.getRoom(roomId);
      if (room?.getMyMembership() !== "join") return;
      end();
      found(room);
    };
    const end = (): void => {
      clearTimeout(timer);
      client.off(ClientEvent.Room, look);
      client.off(ClientEvent.Sync, look);
    };
    const timer = setTimeout(() => {
      end();
      failed(new DoorTrouble("not_allowed"));
    }, PATIENCE_MS);
    client.on(ClientEvent.Room, look);
    client.on(ClientEvent.Sync, look);
    look();
  });
}

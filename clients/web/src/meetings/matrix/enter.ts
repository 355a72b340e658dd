import { ClientEvent, type MatrixClient, type Room } from "matrix-js-sdk";
import { meetings } from "../../api/meetings";
import { connection } from "../../matrix/connection";
import { rooms } from "../../matrix/rooms";
import { joinMeeting } from "../session/meeting";
import { DoorTrouble } from "../session/trouble";
import type { JoinChoices } from "../session/types";
import { MatrixDoor } from "./door";
import { Ringing } from "./ringing";

/** How long a room that was just made may take to come with the sync, in ms. */
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
  const { client } = connection.get();
  if (!client) throw new DoorTrouble("unreachable");
  // A server that does not answer to this keeps nobody out; one has no moderator's rights then.
  const [meeting, room] = await Promise.all([
    meetings.ofRoom(roomId).catch(() => null),
    roomThere(client, roomId),
  ]);
  const title = rooms.get().byId.get(roomId)?.name ?? room.name;
  joinMeeting(new MatrixDoor(client, room, title, meeting, new Ringing(client, room, chosen)), choices);
}

/** Rings one person once more. */
export async function ring(roomId: string, userId: string): Promise<void> {
  const { client } = connection.get();
  const room = client?.getRoom(roomId);
  if (client && room) await new Ringing(client, room, [userId]).ring();
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

import { KnownMembership, type MatrixClient } from "matrix-js-sdk";
import { people } from "../../people/people";
import { rooms } from "../rooms";
import { markDirect } from "./direct";

/** Joins the direct rooms to which colleagues invite: a colleague's first message needs no permission. */
export function followInvites(client: MatrixClient): () => void {
  const tried = new Set<string>();
  const acceptAll = (): void => {
    for (const room of rooms.get().list) {
      const colleague = room.otherUserId !== null && people.get().byId.has(room.otherUserId);
      if (room.membership !== KnownMembership.Invite || !colleague || tried.has(room.roomId)) continue;
      tried.add(room.roomId);
      void accept(client, room.roomId, room.otherUserId).catch(() => undefined); // it stays in the list, to accept by hand
    }
  };
  const ends = [rooms.subscribe(acceptAll), people.subscribe(acceptAll)];
  return () => {
    for (const end of ends) end();
  };
}

/** Joins a room that one was invited to; a direct one is noted as such. */
export async function accept(
  client: MatrixClient,
  roomId: string,
  otherUserId: string | null,
): Promise<void> {
  await client.joinRoom(roomId);
  if (otherUserId) await markDirect(client, roomId, otherUserId);
}

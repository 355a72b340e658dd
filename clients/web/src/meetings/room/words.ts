import { rooms } from "../../matrix/rooms";
import { people } from "../../people/people";
import type { Ring } from "../matrix/rings";

/** Who calls into which room, by name. */
export function callerOf({ sender, roomId }: Pick<Ring, "sender" | "roomId">): {
  name: string;
  room: string;
} {
  const room = rooms.get().byId.get(roomId);
  const name = people.get().byId.get(sender)?.name ?? plain(sender);
  return { name, room: room?.name ?? name };
}

function plain(userId: string): string {
  return userId.slice(1).split(":")[0] ?? userId;
}

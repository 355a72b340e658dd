import { Avatar } from "@vector-im/compound-web";
import { PersonAvatar } from "../../people/PersonAvatar";
import { ghostNumber, type RoomSummary } from "../../matrix/rooms";

/** The other person with their presence, or the square of a group. */
export function RoomAvatar({ room, size }: { room: RoomSummary; size: number }) {
  if (room.otherUserId) {
    const outside = ghostNumber(room.otherUserId) !== null;
    return <PersonAvatar userId={room.otherUserId} name={room.name} size={size} presence={!outside} />;
  }
  return <Avatar type="square" id={room.roomId} name={room.name} size={`${size}px`} aria-hidden />;
}

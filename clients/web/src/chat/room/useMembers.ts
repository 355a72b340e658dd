import { KnownMembership, RoomStateEvent, type Room } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { memberName } from "../../matrix/live/names";
import { useOpenRoom } from "./context";

export interface MemberRow {
  userId: string;
  name: string;
  own: boolean;
  invited: boolean;
}

/** The members of the open room by name, oneself first; the whole list is fetched once it is looked at. */
export function useMembers(): readonly MemberRow[] {
  const { client, room } = useOpenRoom();
  const me = client.getSafeUserId();
  const [members, setMembers] = useState(() => readMembers(room, me));
  useEffect(() => {
    const read = (): void => setMembers(readMembers(room, me));
    room.loadMembersIfNeeded().then(read, read); // without an answer those already known stay
    room.currentState.on(RoomStateEvent.Update, read);
    return () => {
      room.currentState.off(RoomStateEvent.Update, read);
    };
  }, [room, me]);
  return members;
}

function readMembers(room: Room, me: string): MemberRow[] {
  const known = [...room.getJoinedMembers(), ...room.getMembersWithMembership(KnownMembership.Invite)];
  return known
    .map(({ userId, membership }) => ({
      userId,
      name: memberName(room, userId),
      own: userId === me,
      invited: membership === KnownMembership.Invite,
    }))
    .toSorted((a, b) => Number(b.own) - Number(a.own) || a.name.localeCompare(b.name));
}

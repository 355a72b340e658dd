import { RoomMemberEvent, type MatrixClient, type MatrixEvent, type RoomMember } from "matrix-js-sdk";
import { typing } from "../typing";
import { memberName } from "./names";

/** Keeps the typing store true to the sync's ephemeral events. */
export function followTyping(client: MatrixClient): () => void {
  const onTyping = (_event: MatrixEvent, { roomId }: RoomMember): void => {
    const room = client.getRoom(roomId);
    const members = room
      ?.getMembers()
      .filter((member) => member.typing && member.userId !== client.getUserId());
    const names = (members ?? []).map((member) => memberName(room, member.userId));
    typing.update((before) => new Map([...before, [roomId, names]]));
  };
  client.on(RoomMemberEvent.Typing, onTyping);
  return () => {
    client.off(RoomMemberEvent.Typing, onTyping);
    typing.set(new Map());
  };
}

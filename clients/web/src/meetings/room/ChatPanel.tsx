import type { MatrixClient, Room } from "matrix-js-sdk";
import { Conversation } from "../../chat/room/Conversation";
import { RoomContext } from "../../chat/room/context";
import { useOpenedRoom } from "../../chat/room/useOpenedRoom";
import { useMatrixClient } from "../../matrix/connection";
import { useRoom, type RoomSummary } from "../../matrix/rooms";
import styles from "./Panels.module.css";

/** The chat of the meeting's room. */
export function ChatPanel({ roomId }: { roomId: string }) {
  const client = useMatrixClient();
  const room = client?.getRoom(roomId);
  const summary = useRoom(roomId);
  if (!client || !room || !summary) return null;
  return <OpenChat key={roomId} client={client} room={room} summary={summary} />;
}

function OpenChat({ client, room, summary }: { client: MatrixClient; room: Room; summary: RoomSummary }) {
  const opened = useOpenedRoom(client, room, null);
  return (
    <RoomContext value={opened.context}>
      <div className={styles.conversation}>
        <Conversation opened={opened} summary={summary} header={null} />
      </div>
    </RoomContext>
  );
}

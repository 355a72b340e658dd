import type { MatrixClient, Room } from "matrix-js-sdk";
import { useState } from "react";
import { useLayout } from "../../ui/layout";
import type { RoomSummary } from "../../matrix/rooms";
import { RoomContext } from "./context";
import { Conversation } from "./Conversation";
import { RoomHeader } from "./RoomHeader";
import { RoomPanel } from "./RoomPanel";
import styles from "./RoomView.module.css";
import { useOpenedRoom } from "./useOpenedRoom";

interface Props {
  client: MatrixClient;
  room: Room;
  summary: RoomSummary;
  /** The message that is looked for. */
  eventId: string | null;
}

/** An open conversation. */
export function RoomView({ client, room, summary, eventId }: Props) {
  const phone = useLayout() === "phone";
  const [panel, setPanel] = useState(false);
  const opened = useOpenedRoom(client, room, eventId);
  const header = <RoomHeader summary={summary} panelOpen={panel} onPanel={() => setPanel(!panel)} />;
  return (
    <RoomContext value={opened.context}>
      <div className={styles.view} data-panel={panel || undefined}>
        {!(phone && panel) && <Conversation opened={opened} summary={summary} header={header} />}
        {panel && <RoomPanel summary={summary} onClose={() => setPanel(false)} />}
      </div>
    </RoomContext>
  );
}

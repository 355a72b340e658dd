import type { MatrixClient, Room } from "matrix-js-sdk";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayout } from "../../app/layout";
import { RoomActions } from "../../matrix/live/actions";
import { openTimeline } from "../../matrix/live/timeline";
import { ghostNumber, type RoomSummary } from "../../matrix/rooms";
import type { Message } from "../../matrix/timeline";
import { Composer } from "../composer/Composer";
import { UploadList } from "../composer/UploadList";
import { addFiles } from "../composer/uploads";
import { Timeline } from "../timeline/Timeline";
import { DropZone } from "./DropZone";
import { RoomContext } from "./context";
import { RoomHeader } from "./RoomHeader";
import { RoomPanel } from "./RoomPanel";
import styles from "./RoomView.module.css";
import { TypingLine } from "./TypingLine";

/** What the composer is about: a fresh message, an answer, or a message being edited. */
export type Composing = { kind: "new" } | { kind: "reply" | "edit"; message: Message };

interface Props {
  client: MatrixClient;
  room: Room;
  summary: RoomSummary;
}

/** An open conversation. */
export function RoomView({ client, room, summary }: Props) {
  const phone = useLayout() === "phone";
  const [panel, setPanel] = useState(false);
  const [composing, setComposing] = useState<Composing>({ kind: "new" });
  // Opened before the first paint: once it is seen, its messages are no longer unread.
  const [timeline] = useState(() => {
    const opened = openTimeline(client, room);
    opened.opened();
    return opened;
  });
  const context = useMemo(
    () => ({ client, room, actions: new RoomActions(client, room), setComposing }),
    [client, room],
  );
  return (
    <RoomContext value={context}>
      <div className={styles.view} data-panel={panel || undefined}>
        {!(phone && panel) && (
          <DropZone name={summary.name} onFiles={(files) => addFiles(client, room.roomId, files)}>
            <RoomHeader summary={summary} panelOpen={panel} onPanel={() => setPanel(!panel)} />
            <Timeline timeline={timeline} summary={summary} />
            <TypingLine roomId={room.roomId} />
            <UploadList roomId={room.roomId} />
            <Foot summary={summary} composing={composing} timeline={timeline} />
          </DropZone>
        )}
        {panel && <RoomPanel summary={summary} onClose={() => setPanel(false)} />}
      </div>
    </RoomContext>
  );
}

interface FootProps {
  summary: RoomSummary;
  composing: Composing;
  timeline: ReturnType<typeof openTimeline>;
}

function Foot({ summary, composing, timeline }: FootProps) {
  const { t } = useTranslation("chat");
  if (ghostNumber(summary.otherUserId) !== null) return <p className={styles.note}>{t("ghost_note")}</p>;
  return <Composer summary={summary} composing={composing} timeline={timeline} />;
}

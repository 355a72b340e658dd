import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { RoomNotes } from "../../encryption/RoomNotes";
import { ghostNumber, type RoomSummary } from "../../matrix/rooms";
import { Composer } from "../composer/Composer";
import { UploadList } from "../composer/UploadList";
import { addFiles } from "../composer/uploads";
import { Timeline } from "../timeline/Timeline";
import { DropZone } from "./DropZone";
import styles from "./RoomView.module.css";
import { TypingLine } from "./TypingLine";
import type { OpenedRoom } from "./useOpenedRoom";

interface Props {
  opened: OpenedRoom;
  summary: RoomSummary;
  /** Above the messages. */
  header: ReactNode;
}

/** What was said in a room, and the place to say more; inside a `RoomContext`. */
export function Conversation({ opened, summary, header }: Props) {
  const { client, room } = opened.context;
  return (
    <DropZone name={summary.name} onFiles={(files) => addFiles(client, room.roomId, files)}>
      {header}
      {summary.encrypted && <RoomNotes client={client} room={room} />}
      <Timeline key={opened.focus ?? ""} timeline={opened.timeline} focus={opened.focus} summary={summary} />
      <TypingLine roomId={room.roomId} />
      <UploadList roomId={room.roomId} />
      <Foot opened={opened} summary={summary} />
    </DropZone>
  );
}

function Foot({ opened, summary }: Omit<Props, "header">) {
  const { t } = useTranslation("chat");
  if (ghostNumber(summary.otherUserId) !== null) return <p className={styles.note}>{t("ghost_note")}</p>;
  return <Composer summary={summary} composing={opened.composing} timeline={opened.timeline} />;
}

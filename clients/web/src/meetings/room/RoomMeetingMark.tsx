import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import { useTranslation } from "react-i18next";
import { useRoomCall } from "../matrix/roomCalls";
import styles from "./RoomMeetingMark.module.css";

/** In the list of conversations: a meeting goes on here, with so many people. */
export function RoomMeetingMark({ roomId }: { roomId: string }) {
  const { t } = useTranslation("meetings/room");
  const call = useRoomCall(roomId);
  if (!call) return null;
  const count = call.userIds.length;
  return (
    <span className={styles.mark} role="img" aria-label={t("live_in_room", { count })}>
      <VideoCallIcon width={14} height={14} aria-hidden />
      <span aria-hidden>{count}</span>
    </span>
  );
}

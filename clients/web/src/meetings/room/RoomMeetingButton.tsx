import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import VideoCallSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { navigate, paths } from "../../routes/routes";
import { RoundButton } from "../../ui/RoundButton";
import type { RoomSummary } from "../../matrix/rooms";
import { useRoomCall } from "../matrix/roomCalls";
import { useLiveMeeting } from "./useMeeting";

/** Of a conversation: the way into the meeting that goes on in it, or in a group the way to start one. */
export function RoomMeetingButton({ room }: { room: RoomSummary }) {
  const { t } = useTranslation("meetings/room");
  const call = useRoomCall(room.roomId);
  const here = useLiveMeeting()?.roomId === room.roomId;
  const open = (): void => navigate(paths.meeting(room.roomId));
  if (call || here) {
    const words = here ? t("return_to") : t("join_count", { count: call?.userIds.length ?? 0 });
    return (
      <Button size="md" Icon={VideoCallSolidIcon} onClick={open}>
        {words}
      </Button>
    );
  }
  if (room.otherUserId !== null) return null;
  return (
    <RoundButton
      Icon={VideoCallIcon}
      label={t("start_in", { name: room.name })}
      kind="quiet"
      size="small"
      onClick={open}
    />
  );
}

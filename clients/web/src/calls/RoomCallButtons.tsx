import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { useTranslation } from "react-i18next";
import { usePerson } from "../people/people";
import { isTelephone } from "./peer";
import { callInRoom } from "./place";
import { RoundButton } from "../ui/RoundButton";

/** Audio and video call with the other member of a direct room; a telephone takes no video. */
export function RoomCallButtons({ roomId, userId }: { roomId: string; userId: string }) {
  const { t } = useTranslation("calls");
  const name = usePerson(userId)?.name ?? "";
  const call = (video: boolean) => () => void callInRoom(roomId, userId, name || null, video);
  return (
    <>
      <RoundButton
        Icon={VoiceCallIcon}
        label={t("call_person", { name })}
        kind="quiet"
        size="small"
        onClick={call(false)}
      />
      {!isTelephone(userId) && (
        <RoundButton
          Icon={VideoCallIcon}
          label={t("video_call_person", { name })}
          kind="quiet"
          size="small"
          onClick={call(true)}
        />
      )}
    </>
  );
}

import DialPadIcon from "@vector-im/compound-design-tokens/assets/web/icons/dial-pad";
import EndCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/end-call";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import MicOnIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on-solid";
import PauseIcon from "@vector-im/compound-design-tokens/assets/web/icons/pause-solid";
import PlayIcon from "@vector-im/compound-design-tokens/assets/web/icons/play-solid";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import VideoOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-off-solid";
import { useTranslation } from "react-i18next";
import type { CallSnapshot } from "./call";
import { calls } from "./manager";
import { RoundButton } from "../ui/RoundButton";

interface Props {
  call: CallSnapshot;
  size: "small" | "large";
  keypadOpen: boolean;
  onKeypad: () => void;
  /** Only what fits the thumb's row of a phone: microphone and hang up. */
  brief?: boolean;
}

/** What can be done in a call, in the same order wherever it is shown. */
export function CallControls({ call, size, keypadOpen, onKeypad, brief = false }: Props) {
  const { t } = useTranslation("calls");
  const command = calls.get(call.id);
  const stands = call.phase === "connected" || call.phase === "held";
  return (
    <>
      <RoundButton
        Icon={call.muted ? MicOffIcon : MicOnIcon}
        label={t(call.muted ? "unmute" : "mute")}
        pressed={call.muted}
        size={size}
        disabled={call.localStream === null}
        onClick={() => void command?.setMuted(!call.muted)}
      />
      {!brief && (call.canSendVideo || call.cameraOn) && (
        <RoundButton
          Icon={call.cameraOn ? VideoIcon : VideoOffIcon}
          label={t(call.cameraOn ? "camera_off" : "camera_on")}
          pressed={call.cameraOn}
          size={size}
          disabled={call.localStream === null}
          onClick={() => void command?.setCamera(!call.cameraOn)}
        />
      )}
      {!brief && (
        <RoundButton
          Icon={call.heldByUs ? PlayIcon : PauseIcon}
          label={t(call.heldByUs ? "resume" : "hold")}
          pressed={call.heldByUs}
          size={size}
          disabled={!stands}
          onClick={() => calls.setHeld(call.id, !call.heldByUs)}
        />
      )}
      {!brief && (
        <RoundButton
          Icon={DialPadIcon}
          label={t("keypad")}
          pressed={keypadOpen}
          size={size}
          disabled={!stands}
          onClick={onKeypad}
        />
      )}
      <RoundButton
        Icon={EndCallIcon}
        label={t("hang_up")}
        kind="end"
        size={size}
        onClick={() => command?.hangUp()}
      />
    </>
  );
}

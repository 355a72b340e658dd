import EndCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/end-call";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import MicOnIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on-solid";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import VideoOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-off-solid";
import { useEffect } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { useStore } from "../../state/store";
import { inMeeting, leaveMeeting } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import styles from "./Floating.module.css";
import { closePip, pipWindow } from "./pip";
import { Tile } from "./Tile";
import { useLiveMeeting } from "./useMeeting";
import { useSpeaker } from "./useSpeaker";

/** The meeting in the small window over all others, while that is open. */
export function MeetingPip() {
  const small = useStore(pipWindow);
  const here = useLiveMeeting();
  const over = here === null;
  useEffect(() => {
    if (over) closePip();
  }, [over]);
  return small && here ? createPortal(<Small meeting={here} />, small.document.body) : null;
}

function Small({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  const speaker = useSpeaker(meeting.participants);
  const session = inMeeting();
  const Mic = meeting.microphone ? MicOnIcon : MicOffIcon;
  const Camera = meeting.camera ? VideoIcon : VideoOffIcon;
  return (
    <div className={styles.small}>
      {speaker && (
        <Tile
          participant={speaker.participant}
          kind={speaker.kind}
          style={{ inlineSize: "100%", blockSize: "100%", borderRadius: 0 }}
          width={360}
          bare
        />
      )}
      {/* Plain buttons: what floats on the page, as tooltips do, has no place in this window. */}
      <div className={styles.smallControls}>
        <button
          type="button"
          aria-label={t(meeting.microphone ? "mute" : "unmute")}
          onClick={() => void session?.setMicrophone(!meeting.microphone)}
        >
          <Mic width={20} height={20} aria-hidden />
        </button>
        <button
          type="button"
          aria-label={t(meeting.camera ? "camera_off" : "camera_on")}
          onClick={() => void session?.setCamera(!meeting.camera)}
        >
          <Camera width={20} height={20} aria-hidden />
        </button>
        <button type="button" className={styles.end} aria-label={t("leave")} onClick={leaveMeeting}>
          <EndCallIcon width={20} height={20} aria-hidden />
        </button>
      </div>
    </div>
  );
}

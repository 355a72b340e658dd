import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import EndCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/end-call";
import HandIcon from "@vector-im/compound-design-tokens/assets/web/icons/raised-hand-solid";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import MicOnIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on-solid";
import ScreenIcon from "@vector-im/compound-design-tokens/assets/web/icons/share-screen-solid";
import UsersIcon from "@vector-im/compound-design-tokens/assets/web/icons/group";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import VideoOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-off-solid";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLayout } from "../../ui/layout";
import { RoundButton } from "../../ui/RoundButton";
import { inMeeting, leaveMeeting } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import styles from "./Controls.module.css";
import { MoreMenu } from "./MoreMenu";
import { ReactionButton } from "./ReactionButton";

export type PanelName = "chat" | "people" | "breakouts";

interface Props {
  meeting: MeetingSnapshot;
  panel: PanelName | null;
  onPanel: (panel: PanelName) => void;
  hasChat: boolean;
  unread: number;
  /** Who waits for being let in. */
  waiting: number;
  /** Whether one may divide the meeting into breakout rooms. */
  divides: boolean;
}

/** What one can do, in the same order everywhere; a telephone finds some of it behind "more". */
export function Controls({ meeting, panel, onPanel, hasChat, unread, waiting, divides }: Props) {
  const { t } = useTranslation("meetings/room");
  const phone = useLayout() === "phone";
  const session = inMeeting();
  return (
    <div className={styles.controls} role="toolbar" aria-label={t("controls")}>
      <RoundButton
        Icon={meeting.microphone ? MicOnIcon : MicOffIcon}
        label={t(meeting.microphone ? "mute" : "unmute")}
        kind={meeting.microphone ? "plain" : "off"}
        disabled={meeting.onHold}
        onClick={() => void session?.setMicrophone(!meeting.microphone)}
      />
      <RoundButton
        Icon={meeting.camera ? VideoIcon : VideoOffIcon}
        label={t(meeting.camera ? "camera_off" : "camera_on")}
        kind={meeting.camera ? "plain" : "off"}
        onClick={() => void session?.setCamera(!meeting.camera)}
      />
      {!phone && canShare() && (
        <RoundButton
          Icon={ScreenIcon}
          label={t(meeting.screen ? "screen_stop" : "screen_start")}
          pressed={meeting.screen}
          onClick={() => void session?.setScreen(!meeting.screen)}
        />
      )}
      {!phone && (
        <RoundButton
          Icon={HandIcon}
          label={t(meeting.hand === null ? "hand_raise" : "hand_lower")}
          pressed={meeting.hand !== null}
          onClick={() => void session?.setHand(meeting.hand === null)}
        />
      )}
      <ReactionButton />
      {hasChat && (
        <Badged count={unread} words={t("unread", { count: unread })}>
          <RoundButton
            Icon={ChatIcon}
            label={t("chat")}
            pressed={panel === "chat"}
            onClick={() => onPanel("chat")}
          />
        </Badged>
      )}
      <Badged count={waiting} words={t("waiting", { count: waiting })}>
        <RoundButton
          Icon={UsersIcon}
          label={t("people_count", { count: meeting.participants.length })}
          pressed={panel === "people"}
          onClick={() => onPanel("people")}
        />
      </Badged>
      <MoreMenu meeting={meeting} phone={phone} onBreakouts={divides ? () => onPanel("breakouts") : null} />
      <RoundButton Icon={EndCallIcon} label={t("leave")} kind="end" onClick={leaveMeeting} />
    </div>
  );
}

export function canShare(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

function Badged({ count, words, children }: { count: number; words: string; children: ReactNode }) {
  return (
    <span className={styles.badged}>
      {children}
      {count > 0 && (
        <>
          <span className={styles.badge} aria-hidden>
            {count > 99 ? "99+" : count}
          </span>
          <span className="visually-hidden">{words}</span>
        </>
      )}
    </span>
  );
}

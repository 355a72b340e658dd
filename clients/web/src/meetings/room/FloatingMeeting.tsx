import EndCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/end-call";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import MicOnIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on-solid";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import { useTranslation } from "react-i18next";
import { useLayout } from "../../ui/layout";
import { navigate, paths, useRoute } from "../../routes/routes";
import { formatDuration } from "../../calls/duration";
import { RoundButton } from "../../ui/RoundButton";
import { useElapsed } from "../../calls/useCalls";
import { useStore } from "../../state/store";
import { roomName } from "../breakouts/places";
import { inMeeting, leaveMeeting } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import styles from "./Floating.module.css";
import { pipWindow } from "./pip";
import { Tile } from "./Tile";
import { useLiveMeeting } from "./useMeeting";
import { useSpeaker } from "./useSpeaker";

/** The meeting while one is in another section: a bar in the page, and on the desktop a small picture over it. */
export function MeetingBar() {
  const here = useElsewhere();
  return here ? <Bar meeting={here} /> : null;
}

/** The picture in the corner. */
export function MeetingTile() {
  const here = useElsewhere();
  const phone = useLayout() === "phone";
  const popped = useStore(pipWindow) !== null;
  return here && !phone && !popped ? <Floating meeting={here} /> : null;
}

function useElsewhere(): MeetingSnapshot | null {
  const here = useLiveMeeting();
  const { section, roomId } = useRoute();
  return here && !(section === "meetings" && roomId === here.roomId) ? here : null;
}

function goBack(meeting: MeetingSnapshot): void {
  if (meeting.roomId) navigate(paths.meeting(meeting.roomId));
}

function Bar({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  const elapsed = useElapsed(meeting.joinedAt);
  return (
    <section className={styles.bar} aria-label={t("meeting_bar")} data-testid="meeting-bar">
      <button type="button" className={styles.who} onClick={() => goBack(meeting)}>
        <span className={styles.icon}>
          <VideoIcon width={20} height={20} aria-hidden />
        </span>
        <span className={styles.words}>
          <strong className={styles.title}>{meeting.title}</strong>
          <span className={styles.detail}>
            {meeting.phase === "reconnecting"
              ? t("reconnecting")
              : (roomName(meeting.breakouts, meeting.place) ??
                t("count", { count: meeting.participants.length }))}
            {" · "}
            {formatDuration(elapsed)}
          </span>
        </span>
        <span className="visually-hidden">{t("back_to_meeting")}</span>
      </button>
      <RoundButton
        Icon={meeting.microphone ? MicOnIcon : MicOffIcon}
        label={t(meeting.microphone ? "mute" : "unmute")}
        kind={meeting.microphone ? "plain" : "off"}
        size="small"
        disabled={meeting.onHold}
        onClick={() => void inMeeting()?.setMicrophone(!meeting.microphone)}
      />
      <RoundButton Icon={EndCallIcon} label={t("leave")} kind="end" size="small" onClick={leaveMeeting} />
    </section>
  );
}

function Floating({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  const speaker = useSpeaker(meeting.participants);
  if (!speaker) return null;
  return (
    <div className={styles.floating} data-testid="meeting-tile">
      <Tile
        participant={speaker.participant}
        kind={speaker.kind}
        style={{ inlineSize: 256, blockSize: 144 }}
        width={256}
        bare
      />
      <button
        type="button"
        className={styles.back}
        aria-label={t("back_to_meeting")}
        onClick={() => goBack(meeting)}
      />
    </div>
  );
}

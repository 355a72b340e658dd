import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import VideoMissedIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-missed-solid";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import VoiceMissedIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-missed-solid";
import type { TFunction } from "i18next";
import { memo, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { callLog, type LogState, recordOf } from "../../calls/log";
import { formatDuration } from "../../calls/duration";
import { spokenFor } from "../../calls/outcome";
import { useSelected } from "../../state/store";
import { useNow } from "../../ui/now";
import { language } from "../../i18n/i18n";
import type { Notice } from "../../matrix/timeline";
import { useOpenRoom } from "../room/context";
import { clock, dayName, fullTime } from "../dates";
import styles from "./QuietRows.module.css";

export function DayRow({ ts }: { ts: number }) {
  const { t } = useTranslation("chat");
  const name = dayName(ts, useNow(), language());
  return (
    <div className={styles.day}>
      <span>{typeof name === "string" ? t(name) : name.date}</span>
    </div>
  );
}

export function UnreadRow() {
  const { t } = useTranslation("chat");
  return (
    <div className={styles.unread}>
      <span>{t("new_messages")}</span>
    </div>
  );
}

/** A quiet line: who came and went, calls. */
export const NoticeRow = memo(function NoticeRow({ notice }: { notice: Notice }) {
  const { t } = useTranslation("chat");
  const { what } = notice;
  const call = what.kind === "call" ? what : null;
  const spoken = useSpoken(notice);
  const lost = call !== null && !call.own && (call.result === "missed" || call.result === "cancelled");
  return (
    <div className={styles.notice} data-lost={lost || undefined}>
      {call && <CallIcon video={call.video} lost={lost} />}
      {what.kind === "meeting" && <VideoCallIcon width={16} height={16} />}
      <span>{words(t, what, formatDuration(spoken))}</span>
      <time title={fullTime(notice.ts, language())} dateTime={new Date(notice.ts).toISOString()}>
        {clock(notice.ts, language())}
      </time>
    </div>
  );
});

function CallIcon({ video, lost }: { video: boolean; lost: boolean }) {
  const [Plain, Missed] = video ? [VideoCallIcon, VideoMissedIcon] : [VoiceCallIcon, VoiceMissedIcon];
  const Icon = lost ? Missed : Plain;
  return <Icon width={16} height={16} />;
}

/** Milliseconds that the two of a call spoke: what the call log says, which is one for all; else what the room tells. */
function useSpoken({ what, ts }: Notice): number {
  const { room } = useOpenRoom();
  const recorded = useSelected(
    callLog,
    useCallback((log: LogState) => recordOf(log.calls, room.roomId, ts), [room, ts]),
  );
  const told = what.kind === "call" ? what.seconds * 1000 : 0;
  return (recorded && spokenFor(recorded)) ?? told;
}

function words(t: TFunction<"chat">, what: Notice["what"], length: string): string {
  const own = what.own ? "_own" : "";
  if (what.kind === "call") {
    return t(`call_${what.result}${own}`, { actor: what.actor, length });
  }
  return t(`notice_${what.kind}${own}`, {
    actor: what.actor,
    target: "target" in what ? what.target : "",
    name: "name" in what ? what.name : "",
  });
}

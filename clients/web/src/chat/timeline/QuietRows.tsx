import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import VideoMissedIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-missed-solid";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import VoiceMissedIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-missed-solid";
import type { TFunction } from "i18next";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../../ui/now";
import { language } from "../../i18n/i18n";
import type { Notice } from "../../matrix/timeline";
import { callLength, clock, dayName, fullTime } from "../dates";
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
  const lost = call !== null && !call.own && (call.result === "missed" || call.result === "cancelled");
  return (
    <div className={styles.notice} data-lost={lost || undefined}>
      {call && <CallIcon video={call.video} lost={lost} />}
      {what.kind === "meeting" && <VideoCallIcon width={16} height={16} />}
      <span>{words(t, what)}</span>
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

function words(t: TFunction<"chat">, what: Notice["what"]): string {
  const own = what.own ? "_own" : "";
  if (what.kind === "call") {
    return t(`call_${what.result}${own}`, { actor: what.actor, length: callLength(what.seconds) });
  }
  return t(`notice_${what.kind}${own}`, {
    actor: what.actor,
    target: "target" in what ? what.target : "",
    name: "name" in what ? what.name : "",
  });
}

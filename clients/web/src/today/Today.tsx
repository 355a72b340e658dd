import CheckIcon from "@vector-im/compound-design-tokens/assets/web/icons/check";
import VoicemailIcon from "@vector-im/compound-design-tokens/assets/web/icons/audio";
import LockIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-solid";
import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { type ComponentType, type ReactNode, type SVGAttributes, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../api/meetings";
import { callLog, markSeen } from "../calls/log";
import { missedCalls } from "../calls/missed";
import { PeerAvatar } from "../calls/PeerAvatar";
import { callBack } from "../calls/place";
import { endOf } from "../meetings/list/arrange";
import { followMeetings, meetingList } from "../meetings/list/meetings";
import { timeRange } from "../meetings/list/when";
import { useNumberFormat } from "../numbers/numberFormat";
import { navigate, paths } from "../routes/routes";
import { useStore } from "../state/store";
import { dateLocale } from "../ui/dates";
import { useNow } from "../ui/now";
import { RoundButton } from "../ui/RoundButton";
import { mailbox, unheard } from "../voicemail/mailbox";
import { CALLERS_MOST, meetingsToday, type MissedBy, missedBy, pinIsNews } from "./concerns";
import styles from "./Today.module.css";

/** What concerns me now, each with the one press that settles it: nothing while nothing does. */
export function Today() {
  const { t } = useTranslation("today");
  const rows = [...useMissed(), ...useMessages(), ...useMeetings(), ...usePinNews()];
  if (rows.length === 0) return null;
  return (
    <section className={styles.today} aria-label={t("title")} data-testid="today">
      <ul role="list" className={styles.rows}>
        {rows}
      </ul>
    </section>
  );
}

function useMissed(): ReactNode[] {
  const { t } = useTranslation("today");
  const unseen = useStore(missedCalls);
  const callers = missedBy(useStore(callLog).calls, unseen);
  const rows: ReactNode[] = callers
    .slice(0, CALLERS_MOST)
    .map((one) => <Missed key={one.last.id} missed={one} />);
  if (rows.length === 0) return rows;
  const more = callers.length - CALLERS_MOST;
  const all = (
    <li key="missed" className={styles.foot}>
      <a className={styles.more} href={`#${paths.calls}`}>
        {more > 0 ? t("more_callers", { count: more }) : t("all_calls")}
      </a>
      <button type="button" className={styles.more} onClick={() => void markSeen()}>
        {t("seen")}
      </button>
    </li>
  );
  return [...rows, all];
}

function Missed({ missed: { last, count } }: { missed: MissedBy }) {
  const { t } = useTranslation("today");
  const format = useNumberFormat();
  const name = format(last.peer.name || last.peer.number || "") || t("anonymous");
  const at = new Intl.DateTimeFormat(dateLocale(), moment(last.started_at, useNow())).format(last.started_at);
  const again = callBack(last.peer, last.video);
  return (
    <Row
      picture={<PeerAvatar userId={last.peer.user_id} name={name} size={36} presence />}
      title={name}
      about={t("missed", { count, at })}
      urgent
    >
      <RoundButton
        Icon={last.video ? VideoCallIcon : VoiceCallIcon}
        label={t("call_back", { name })}
        kind="quiet"
        size="small"
        disabled={again === null}
        onClick={() => void again?.()}
      />
    </Row>
  );
}

/** Only the time of what is of today. */
function moment(at: number, now: number): Intl.DateTimeFormatOptions {
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const today = new Date(at).toDateString() === new Date(now).toDateString();
  return today ? time : { weekday: "short", day: "numeric", month: "short", ...time };
}

function useMessages(): ReactNode[] {
  const { t } = useTranslation("today");
  const count = unheard(useStore(mailbox));
  if (count === 0) return [];
  return [
    <Row key="messages" picture={<Disc Icon={VoicemailIcon} />} title={t("messages", { count })}>
      <button type="button" className={styles.press} onClick={() => navigate(paths.voicemail)}>
        {t("listen")}
      </button>
    </Row>,
  ];
}

function useMeetings(): ReactNode[] {
  const now = useNow();
  useEffect(followMeetings, []);
  const { list } = useStore(meetingList);
  return meetingsToday(list, now).map((meeting) => <Meets key={meeting.id} meeting={meeting} />);
}

function Meets({ meeting }: { meeting: Meeting }) {
  const { t } = useTranslation("today");
  const { title, live, participants, starts_at: start, room_id: room } = meeting;
  const end = endOf(meeting);
  const when = start === null || end === null ? "" : timeRange(start, end, dateLocale());
  return (
    <Row
      picture={<Disc Icon={VideoCallIcon} />}
      title={title}
      about={live ? t("meeting_live", { count: participants }) : when}
    >
      <button
        type="button"
        className={styles.press}
        aria-label={t("join_named", { title })}
        onClick={() => navigate(paths.meeting(room))}
      >
        {t("join")}
      </button>
    </Row>
  );
}

const PIN_TOLD = "unisono.pin_told";

function usePinNews(): ReactNode[] {
  const { t } = useTranslation("today");
  const now = useNow();
  const [told, setTold] = useState(() => Number(localStorage.getItem(PIN_TOLD) ?? 0));
  const state = useStore(mailbox);
  const chosenAt = state.status === "ready" ? state.mailbox.pin_chosen_at : null;
  if (chosenAt === null || !pinIsNews(chosenAt, told, now)) return [];
  const at = new Intl.DateTimeFormat(dateLocale(), moment(chosenAt, now)).format(chosenAt);
  const done = (): void => {
    localStorage.setItem(PIN_TOLD, String(chosenAt));
    setTold(chosenAt);
  };
  return [
    <Row key="pin" picture={<Disc Icon={LockIcon} />} title={t("pin_chosen")} about={t("pin_about", { at })}>
      <button type="button" className={styles.press} onClick={() => navigate(paths.voicemail)}>
        {t("pin_look")}
      </button>
      <RoundButton Icon={CheckIcon} label={t("pin_mine")} kind="quiet" size="small" onClick={done} />
    </Row>,
  ];
}

function Disc({ Icon }: { Icon: ComponentType<SVGAttributes<SVGElement>> }) {
  return (
    <span className={styles.disc} aria-hidden>
      <Icon width={20} height={20} />
    </span>
  );
}

interface RowProps {
  picture: ReactNode;
  title: string;
  about?: string;
  urgent?: boolean;
  children: ReactNode;
}

function Row({ picture, title, about, urgent = false, children }: RowProps) {
  return (
    <li className={styles.row} data-urgent={urgent || undefined}>
      {picture}
      <span className={styles.words}>
        <span className={styles.name}>{title}</span>
        {about && <span className={styles.about}>{about}</span>}
      </span>
      {children}
    </li>
  );
}

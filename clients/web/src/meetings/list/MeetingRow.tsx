import { Button } from "@vector-im/compound-web";
import LockIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-solid";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { navigate, paths } from "../../routes/routes";
import { dateLocale } from "../../ui/dates";
import { usePerson } from "../../people/people";
import { useMe } from "../../session/session";
import { endOf, isNear } from "./arrange";
import styles from "./Meetings.module.css";
import { timeRange } from "./when";

interface Props {
  meeting: Meeting;
  /** In ms since the epoch. */
  now: number;
  onOpen: () => void;
}

/** One meeting of the list: when, what, whose; a press on it shows the rest. */
export function MeetingRow({ meeting, now, onOpen }: Props) {
  const { t } = useTranslation("meetings/list");
  const near = meeting.live || isNear(meeting, now);
  const over = !meeting.live && (endOf(meeting) ?? 0) <= now;
  const join = (): void => navigate(paths.meeting(meeting.room_id));
  return (
    <li className={styles.row} data-live={meeting.live || undefined}>
      <button type="button" className={styles.open} onClick={onOpen}>
        <When meeting={meeting} over={over} />
        <span className={styles.words}>
          <span className={styles.name}>
            {meeting.encrypted && <LockIcon width={16} height={16} aria-label={t("encrypted_mark")} />}
            {meeting.title}
          </span>
          <About meeting={meeting} />
        </span>
      </button>
      {(near || over) && (
        <Button
          size="md"
          kind={near ? "primary" : "tertiary"}
          aria-label={t(near ? "join_named" : "start_named", { title: meeting.title })}
          onClick={join}
        >
          {t(near ? "join" : "start_again")}
        </Button>
      )}
    </li>
  );
}

function When({ meeting, over }: { meeting: Meeting; over: boolean }) {
  const { t } = useTranslation("meetings/list");
  const end = endOf(meeting);
  if (meeting.live) return <span className={styles.when}>{t("now")}</span>;
  if (over || meeting.starts_at === null || end === null) {
    const date = new Intl.DateTimeFormat(dateLocale(), { day: "numeric", month: "short" });
    return <span className={styles.when}>{date.format(meeting.starts_at ?? meeting.created_at)}</span>;
  }
  return <span className={styles.when}>{timeRange(meeting.starts_at, end, dateLocale())}</span>;
}

function About({ meeting }: { meeting: Meeting }) {
  const { t } = useTranslation("meetings/list");
  const organiser = useOrganiser(meeting);
  return (
    <span className={styles.about}>
      {meeting.live ? t("inside", { count: meeting.participants }) : organiser}
    </span>
  );
}

/** Whose meeting it is, in words. */
export function useOrganiser({ organiser }: Meeting): string {
  const { t } = useTranslation("meetings/list");
  const me = useMe();
  const person = usePerson(organiser);
  if (organiser === me.user_id) return t("organiser_me");
  return person ? t("organiser", { name: person.name }) : "";
}

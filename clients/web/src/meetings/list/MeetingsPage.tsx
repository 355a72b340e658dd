import { Button } from "@vector-im/compound-web";
import CalendarIcon from "@vector-im/compound-design-tokens/assets/web/icons/calendar";
import ErrorIcon from "@vector-im/compound-design-tokens/assets/web/icons/error";
import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { Empty } from "../../ui/Empty";
import { useNow } from "../../ui/now";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { dateLocale } from "../../ui/dates";
import { useStore } from "../../state/store";
import { arrange, daysAhead, type MeetingDay } from "./arrange";
import { MeetingDialog } from "./MeetingDialog";
import { MeetingRow } from "./MeetingRow";
import { followMeetings, meetingList, retryMeetings } from "./meetings";
import styles from "./Meetings.module.css";
import { NewMeetingDialog } from "./NewMeetingDialog";
import { ScheduleDialog } from "./ScheduleDialog";

type Opened = null | "new" | "schedule" | { id: string };

/** The meetings of one's rooms: what is on now, what comes, what was; and new ones. */
export function MeetingsPage() {
  const { t } = useTranslation("meetings/list");
  const { list } = useStore(meetingList);
  const [opened, setOpened] = useState<Opened>(null);
  useEffect(followMeetings, []);
  const close = (): void => setOpened(null);
  const shown = typeof opened === "object" ? list.find((each) => each.id === opened?.id) : undefined;
  return (
    <section className={styles.page} aria-labelledby="meetings-title">
      <header className={styles.head}>
        <h1 id="meetings-title" className={styles.title}>
          {t("title")}
        </h1>
        <div className={styles.headActions}>
          <Button kind="secondary" size="md" Icon={CalendarIcon} onClick={() => setOpened("schedule")}>
            {t("schedule")}
          </Button>
          <Button size="md" Icon={VideoCallIcon} onClick={() => setOpened("new")}>
            {t("new")}
          </Button>
        </div>
      </header>
      <Meetings onOpen={({ id }) => setOpened({ id })} />
      {opened === "new" && <NewMeetingDialog onClose={close} />}
      {opened === "schedule" && <ScheduleDialog meeting={null} onSaved={close} onClose={close} />}
      {shown && <MeetingDialog meeting={shown} onClose={close} />}
    </section>
  );
}

function Meetings({ onOpen }: { onOpen: (meeting: Meeting) => void }) {
  const { t } = useTranslation("meetings/list");
  const { status, list } = useStore(meetingList);
  const now = useNow();
  if (status === "loading") return <PageSkeleton />;
  if (status === "error") return <Failed />;
  if (list.length === 0) {
    return <Empty Icon={VideoCallIcon} title={t("empty_title")} text={t("empty_text")} />;
  }
  const { live, days, earlier } = arrange(list, now);
  const rows = (meetings: readonly Meeting[]): ReactNode =>
    meetings.map((each) => <MeetingRow key={each.id} meeting={each} now={now} onOpen={() => onOpen(each)} />);
  return (
    <div className={styles.groups} data-testid="meetings">
      {live.length > 0 && <Group title={t("live_now")}>{rows(live)}</Group>}
      {days.map((day) => (
        <Group key={day.key} title={<DayTitle day={day} now={now} />}>
          {rows(day.meetings)}
        </Group>
      ))}
      {earlier.length > 0 && <Group title={t("earlier")}>{rows(earlier)}</Group>}
    </div>
  );
}

function Failed() {
  const { t } = useTranslation("meetings/list");
  const retry = (
    <Button kind="secondary" size="md" onClick={retryMeetings}>
      {t("retry", { ns: "app" })}
    </Button>
  );
  return (
    <div role="alert">
      <Empty Icon={ErrorIcon} title={t("load_failed")} action={retry} />
    </div>
  );
}

function Group({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section>
      <h2 className={styles.day}>{title}</h2>
      <ul role="list">{children}</ul>
    </section>
  );
}

function DayTitle({ day, now }: { day: MeetingDay; now: number }) {
  const { t } = useTranslation("meetings/list");
  const ahead = daysAhead(day.date, now);
  if (ahead === 0) return t("today");
  if (ahead === 1) return t("tomorrow");
  return new Intl.DateTimeFormat(dateLocale(), { weekday: "long", day: "numeric", month: "long" }).format(
    day.date,
  );
}

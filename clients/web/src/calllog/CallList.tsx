import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CallRecord } from "../api/types";
import { PageSkeleton } from "../ui/PageSkeleton";
import styles from "./CallList.module.css";
import { CallRow } from "./CallRow";
import { dateLocale } from "../ui/dates";
import { byDay, type Day, daysAgo } from "../ui/days";
import { loadCalls, type LogState } from "./log";

interface Props {
  status: LogState["status"];
  calls: readonly CallRecord[];
  /** Only the missed ones are shown. */
  missed?: boolean;
  /** The level of the days' titles, one under the title above the list. */
  heading: "h2" | "h3";
}

/** Calls by day, and what is shown in their place while there is none. */
export function CallList({ status, calls, missed = false, heading }: Props) {
  const { t } = useTranslation("calllog");
  if (status === "loading") return <PageSkeleton />;
  if (status === "error") {
    return (
      <div className={styles.note} role="alert">
        <p>{t("error")}</p>
        <Button kind="secondary" size="md" onClick={() => void loadCalls()}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  if (calls.length === 0) {
    return (
      <div className={styles.note}>
        <strong>{t(missed ? "empty_missed" : "empty")}</strong>
        {!missed && <p>{t("empty_hint")}</p>}
      </div>
    );
  }
  return (
    <div className={styles.days} data-testid="call-log">
      {byDay(calls).map((day) => (
        <section key={day.key}>
          <DayTitle day={day} as={heading} />
          <ul role="list">
            {day.calls.map((call) => (
              <CallRow key={call.id} call={call} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function DayTitle({ day, as: Heading }: { day: Day; as: Props["heading"] }) {
  const { t } = useTranslation("calllog");
  const [now] = useState(() => new Date());
  const ago = daysAgo(day.date, now);
  const format = new Intl.DateTimeFormat(dateLocale(), { weekday: "long", day: "numeric", month: "long" });
  return (
    <Heading className={styles.day}>
      {ago === 0 ? t("today") : ago === 1 ? t("yesterday") : format.format(day.date)}
    </Heading>
  );
}

import { Button } from "@vector-im/compound-web";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CallRecord } from "../api/types";
import { PageSkeleton } from "../ui/PageSkeleton";
import styles from "./CallList.module.css";
import { ConversationRow } from "./ConversationRow";
import { dateLocale } from "../ui/dates";
import { byDay, type Day, daysAgo } from "../ui/days";
import { conversations } from "../calls/conversations";
import { loadCalls, type LogState } from "../calls/log";

interface Props {
  status: LogState["status"];
  calls: readonly CallRecord[];
  /** What an empty list lacks: calls at all, missed ones, or any that were looked for. */
  none?: "any" | "missed" | "found";
  /** The level of the days' titles, one under the title above the list. */
  heading: "h2" | "h3";
  /** Each call has a menu of what can be done besides calling back. */
  menu?: boolean;
  /** How many conversations are shown at the most; all without it. */
  most?: number;
}

/** Calls by day, and what is shown in their place while there is none. */
export function CallList({ status, calls, none = "any", heading, menu = false, most }: Props) {
  const { t } = useTranslation("calllog");
  const shown = useMemo(() => conversations(calls).slice(0, most), [calls, most]);
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
        <strong>{t(none === "any" ? "empty" : `empty_${none}`)}</strong>
        {none === "any" && <p>{t("empty_hint")}</p>}
      </div>
    );
  }
  return (
    <div className={styles.days} data-testid="call-log">
      {byDay(shown, ({ first }) => first.started_at).map((day) => (
        <section key={day.key}>
          <DayTitle day={day} as={heading} />
          <ul role="list">
            {day.items.map((conversation) => (
              <ConversationRow key={conversation.id} conversation={conversation} menu={menu} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function DayTitle({ day, as: Heading }: { day: Day<unknown>; as: Props["heading"] }) {
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

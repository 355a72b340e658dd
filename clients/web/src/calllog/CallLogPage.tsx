import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import { CallList } from "./CallList";
import styles from "./CallLogPage.module.css";
import { callLog, loadOlder, markSeen } from "./log";
import { isMissed } from "../calls/outcome";

const FILTERS = ["all", "missed"] as const;
type Filter = (typeof FILTERS)[number];

/** Calls made, received and missed, the same on every device of a person. */
export function CallLogPage() {
  const { t } = useTranslation("calllog");
  const { status, calls, next, loadingMore } = useStore(callLog);
  const [filter, setFilter] = useState<Filter>("all");
  const shown = filter === "missed" ? calls.filter(isMissed) : calls;
  // Whoever looks at the list has seen what was missed, also what comes while they look.
  useEffect(markSeen, [calls]);
  return (
    <section className={styles.page} aria-labelledby="calllog-title">
      <header className={styles.head}>
        <h1 id="calllog-title" className={styles.title}>
          {t("title")}
        </h1>
        <div className={styles.filters} role="group" aria-label={t("title")}>
          {FILTERS.map((each) => (
            <button
              key={each}
              type="button"
              className={styles.filter}
              aria-pressed={each === filter}
              onClick={() => setFilter(each)}
            >
              {t(each)}
            </button>
          ))}
        </div>
      </header>
      <CallList status={status} calls={shown} missed={filter === "missed"} heading="h2" />
      {status === "ready" && next !== null && (
        <div className={styles.more}>
          <Button kind="tertiary" size="md" disabled={loadingMore} onClick={() => void loadOlder()}>
            {t("more")}
          </Button>
        </div>
      )}
    </section>
  );
}

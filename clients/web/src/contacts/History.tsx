import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Entry, phonebooks } from "../api/phonebooks";
import type { CallRecord } from "../api/types";
import { dateLocale } from "../ui/dates";
import { isMissed, outcomeKey, spokenFor } from "../calls/outcome";
import { formatDuration } from "../calls/duration";
import { paths } from "../routes/routes";
import styles from "./ContactCard.module.css";
import { entryKey } from "./entries";

const SHOWN = 8;

type Loaded = { key: string; calls: readonly CallRecord[] | null };

/** The newest calls with somebody, and the way to what was written. */
export function History({ entry }: { entry: Entry }) {
  const { t } = useTranslation("contacts");
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const key = entryKey(entry);
  useEffect(() => {
    let wanted = true;
    phonebooks.calls(entry).then(
      ({ calls }) => wanted && setLoaded({ key, calls }),
      () => wanted && setLoaded({ key, calls: null }),
    );
    return () => {
      wanted = false;
    };
    // Another star or a corrected name does not change the calls.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key]);
  const calls = loaded?.key === key ? loaded.calls : undefined;
  const room = calls?.find((call) => call.room_id !== null)?.room_id;
  return (
    <section className={styles.history} aria-labelledby="contact-history" aria-busy={calls === undefined}>
      <header className={styles.historyHead}>
        <h3 id="contact-history">{t("history")}</h3>
        {room && (
          <a className={styles.link} href={`#${paths.room(room)}`}>
            {t("history_chat")}
          </a>
        )}
      </header>
      {calls === null && <p className={styles.phone}>{t("history_failed")}</p>}
      {calls?.length === 0 && <p className={styles.phone}>{t("history_none")}</p>}
      {calls && calls.length > 0 && (
        <ul role="list" className={styles.facts}>
          {calls.slice(0, SHOWN).map((call) => (
            <Row key={call.id} call={call} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ call }: { call: CallRecord }) {
  const { t } = useTranslation("calllog");
  const spoken = spokenFor(call);
  const when = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "short" });
  return (
    <li className={styles.fact} data-missed={isMissed(call) || undefined}>
      <span>
        {t(`direction_${call.direction}`)}
        {isMissed(call) || call.outcome !== "answered" ? ` · ${t(outcomeKey(call))}` : ""}
      </span>
      <span className={styles.when}>
        <time dateTime={new Date(call.started_at).toISOString()}>{when.format(call.started_at)}</time>
        {spoken !== null && ` · ${formatDuration(spoken)}`}
      </span>
    </li>
  );
}

import type { TFunction } from "i18next";
import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { type QueueBoard, type QueuedCall, queuesApi } from "../api/queues";
import { formatDuration } from "../calls/duration";
import { useLoaded } from "../ui/useLoaded";
import { Waiting } from "../ui/Waiting";
import styles from "./Queues.module.css";

const seconds = (span: number | null): string => (span === null ? "–" : formatDuration(span * 1000));

/** Who was called back has not waited on the line. */
function outcomeOf(call: QueuedCall, t: TFunction<"queues">): string {
  if (call.outcome === null) return t(call.called_back ? "call_back" : "outcome_waits");
  const outcome = t(`outcome_${call.outcome}`);
  return call.called_back && call.outcome === "answered" ? t("outcome_called_back", { outcome }) : outcome;
}

/** A queue's figures by day, and its latest calls. */
export function QueueDays({ queue }: { queue: QueueBoard }) {
  const { t, i18n } = useTranslation("queues");
  const loaded = useLoaded(useCallback(() => queuesApi.history(queue.id), [queue.id]));
  const { load } = loaded;
  const { answered, abandoned, elsewhere } = queue.today;
  const over = answered + abandoned + elsewhere;
  useEffect(() => load(), [load, over]);
  if (loaded.value === null) return <Waiting loaded={loaded} />;
  const day = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" });
  const moment = new Intl.DateTimeFormat(i18n.language, { dateStyle: "short", timeStyle: "short" });
  return (
    <div className={styles.tables}>
      <table className={styles.table}>
        <caption className={styles.heading}>{t("by_day")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("day")}</th>
            <th scope="col">{t("calls")}</th>
            <th scope="col">{t("answered")}</th>
            <th scope="col">{t("abandoned")}</th>
            <th scope="col">{t("elsewhere")}</th>
            <th scope="col">{t("mean_wait")}</th>
            <th scope="col">{t("level", { seconds: queue.answered_within })}</th>
          </tr>
        </thead>
        <tbody>
          {loaded.value.days.map((of) => (
            <tr key={of.day}>
              <th scope="row">{day.format(new Date(`${of.day}T12:00`))}</th>
              <td>{of.calls}</td>
              <td>{of.answered}</td>
              <td>{of.abandoned}</td>
              <td>{of.elsewhere}</td>
              <td>{seconds(of.mean_wait)}</td>
              <td>{of.service_level === null ? "–" : `${Math.round(of.service_level * 100)} %`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className={styles.table}>
        <caption className={styles.heading}>{t("latest")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("when")}</th>
            <th scope="col">{t("caller")}</th>
            <th scope="col">{t("outcome")}</th>
            <th scope="col">{t("waited")}</th>
            <th scope="col">{t("agent")}</th>
          </tr>
        </thead>
        <tbody>
          {loaded.value.calls.map((call) => (
            <tr key={call.id}>
              <td>{moment.format(call.arrived_at)}</td>
              <td>{call.caller.name || call.caller.number || t("withheld")}</td>
              <td>{outcomeOf(call, t)}</td>
              <td>{seconds(call.waited)}</td>
              <td>{call.agent ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

import { useTranslation } from "react-i18next";
import { hoursApi, type OpeningHours } from "../../api/hours";
import { ownZone, untilMoment, weekWords } from "../../hours/words";
import { useNow } from "../../ui/now";
import { useLoaded } from "../../ui/useLoaded";
import styles from "../Admin.module.css";
import { type Ask, LineButtons, ListPanel } from "../ListPanel";
import { HoursEditor } from "./HoursEditor";

/** When the organisation is open: what groups and the attendant go by. */
export function HoursPanel() {
  const { t } = useTranslation("admin/hours");
  const { t: admin } = useTranslation("admin");
  const loaded = useLoaded(hoursApi.list);
  return (
    <ListPanel
      id="admin-hours"
      title={admin("page_hours")}
      hint={t("hint")}
      none={t("none")}
      add={t("add")}
      loaded={loaded}
      items={loaded.value?.hours}
      keyOf={(hours) => hours.id}
      renderLine={(hours, ask) => <Row hours={hours} ask={ask} />}
      renderEditor={(hours, close) => <HoursEditor hours={hours} onSaved={loaded.load} onClose={close} />}
      removal={(hours) => ({
        title: t("remove_title", { name: hours.name }),
        text: t("remove_text"),
        remove: () => hoursApi.remove(hours.id),
      })}
    />
  );
}

function Row({ hours, ask }: { hours: OpeningHours; ask: Ask }) {
  const { t } = useTranslation("admin/hours");
  const now = useNow();
  const { state, name } = hours.now;
  const until = hours.changes_at === null ? null : untilMoment(hours.changes_at, now, hours.timezone);
  const week = weekWords(hours.week);
  const elsewhere = hours.timezone !== ownZone();
  return (
    <>
      <div className={styles.words}>
        <strong className={styles.wrap}>{hours.name}</strong>
        <span className={styles.state} data-state={state === "open" ? "up" : "down"}>
          {[t(`now_${state}`), name].filter(Boolean).join(": ")}
          {until !== null && <span className={styles.about}> {until}</span>}
        </span>
        {(week.length > 0 ? week : [t("never")]).map((line) => (
          <span key={line} className={styles.about}>
            {line}
          </span>
        ))}
        <span className={styles.about}>
          {[
            elsewhere ? hours.timezone : "",
            hours.holidays.length > 0 ? t("holidays", { count: hours.holidays.length }) : "",
            hours.exceptions.length > 0 ? t("exceptions", { count: hours.exceptions.length }) : "",
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </div>
      <LineButtons name={hours.name} ask={ask} />
    </>
  );
}

import { useTranslation } from "react-i18next";
import { useNow } from "../../ui/now";
import { LANGUAGES } from "../../i18n/i18n";
import { durations, type Draft } from "./draft";
import styles from "./Meetings.module.css";
import { toLocal } from "./when";

interface Props {
  draft: Draft;
  onChange: (changed: Partial<Draft>) => void;
}

/** When, how long, and in which language the invitation is written. */
export function TimeFields({ draft, onChange }: Props) {
  const { t } = useTranslation("meetings/list");
  const { t: app } = useTranslation("app");
  const now = useNow();
  return (
    <div className={styles.fields}>
      <label className={styles.choice}>
        {t("field_date")}
        <input
          type="date"
          required
          className={styles.input}
          min={toLocal(now).date}
          value={draft.date}
          onChange={(event) => onChange({ date: event.target.value })}
        />
      </label>
      <label className={styles.choice}>
        {t("field_time")}
        <input
          type="time"
          required
          step={300}
          className={styles.input}
          value={draft.time}
          onChange={(event) => onChange({ time: event.target.value })}
        />
      </label>
      <label className={styles.choice}>
        {t("field_duration")}
        <select
          className={styles.input}
          value={draft.minutes}
          onChange={(event) => onChange({ minutes: Number(event.target.value) })}
        >
          {durations(draft.minutes).map((minutes) => (
            <option key={minutes} value={minutes}>
              {length(minutes, t)}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.choice}>
        {t("field_language")}
        <select
          className={styles.input}
          value={draft.language}
          onChange={(event) => onChange({ language: event.target.value })}
        >
          {LANGUAGES.map((each) => (
            <option key={each} value={each}>
              {app(`language_${each}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

type Words = ReturnType<typeof useTranslation<"meetings/list">>["t"];

/** "45 minutes", "2 hours", "1 hour 30 minutes". */
function length(minutes: number, t: Words): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const words = [
    hours > 0 ? t("hours", { count: hours }) : "",
    rest > 0 ? t("minutes", { count: rest }) : "",
  ];
  return words.filter(Boolean).join(" ");
}

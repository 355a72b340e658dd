import PlusIcon from "@vector-im/compound-design-tokens/assets/web/icons/plus";
import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import type { Opening } from "../api/hours";
import { RoundButton } from "../ui/RoundButton";
import styles from "./Week.module.css";
import { asMonday, DAYS, further, ofDay, withDay } from "./week";
import { dayName, hourWords } from "./words";

interface Props {
  week: readonly Opening[];
  onChange: (week: Opening[]) => void;
  /** What a day without times is called. */
  empty?: string;
}

/** From when to when it is open, day by day. */
export function Week({ week, onChange, empty }: Props) {
  const { t } = useTranslation("hours");
  return (
    <fieldset className={styles.group}>
      <legend>{t("week")}</legend>
      <div className={styles.days}>
        {DAYS.map((day) => (
          <Day
            key={day}
            day={day}
            openings={ofDay(week, day)}
            empty={empty}
            onChange={(openings) => onChange(withDay(week, day, openings))}
          />
        ))}
      </div>
      <Button type="button" kind="tertiary" size="md" onClick={() => onChange(asMonday(week))}>
        {t("as_monday", { day: dayName(0) })}
      </Button>
      <p className={styles.about}>{t("night_hint")}</p>
    </fieldset>
  );
}

interface DayProps {
  day: number;
  openings: readonly Opening[];
  empty: string | undefined;
  onChange: (openings: Opening[]) => void;
}

function Day({ day, openings, empty, onChange }: DayProps) {
  const { t } = useTranslation("hours");
  const name = dayName(day);
  const put = (place: number, change: Partial<Opening>): void =>
    onChange(openings.map((each, at) => (at === place ? { ...each, ...change } : each)));
  return (
    <div className={styles.day} role="group" aria-label={name}>
      <span className={styles.dayName}>{name}</span>
      <div className={styles.times}>
        {openings.length === 0 && <span className={styles.about}>{empty ?? t("closed")}</span>}
        {openings.map((each, place) => (
          // Times have no identity of their own.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={place} className={styles.time}>
            {(["opens", "closes"] as const).map((side) => (
              <input
                key={side}
                type="time"
                required
                className={styles.input}
                aria-label={t(`${side}_of`, { day: name, count: place + 1 })}
                value={each[side]}
                onChange={(event) => put(place, { [side]: event.target.value })}
              />
            ))}
            <RoundButton
              Icon={DeleteIcon}
              label={t("remove_time", { day: name, from: hourWords("from", each.opens) })}
              kind="quiet"
              size="small"
              onClick={() => onChange(openings.filter((_, at) => at !== place))}
            />
          </div>
        ))}
      </div>
      <RoundButton
        Icon={PlusIcon}
        label={t("add_time", { day: name })}
        kind="quiet"
        size="small"
        disabled={openings.length >= 6}
        onClick={() => onChange([...openings, further(openings, day)])}
      />
    </div>
  );
}

import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { RoundButton } from "../../ui/RoundButton";
import admin from "../Admin.module.css";
import styles from "./Hours.module.css";
import { type HolidayDraft, withItalian } from "./hoursDraft";

interface Props {
  holidays: readonly HolidayDraft[];
  year: number;
  onChange: (holidays: HolidayDraft[]) => void;
}

const MOST = 100;

/** Days on which nothing opens. */
export function Holidays({ holidays, year, onChange }: Props) {
  const { t } = useTranslation("admin/hours");
  const { t: words } = useTranslation("admin");
  const put = (place: number, change: Partial<HolidayDraft>): void =>
    onChange(holidays.map((each, at) => (at === place ? { ...each, ...change } : each)));
  const add = (): void => onChange([...holidays, { date: "", yearly: true, easter: null, name: "" }]);
  return (
    <fieldset className={admin.group}>
      <legend>{t("holidays_title")}</legend>
      <ul role="list" className={styles.rows}>
        {holidays.map((each, place) => (
          // Holidays have no identity of their own.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={place} className={styles.row}>
            <input
              className={admin.input}
              aria-label={t("holiday_name")}
              placeholder={t("holiday_name")}
              maxLength={60}
              value={each.name}
              onChange={(event) => put(place, { name: event.target.value })}
            />
            <RoundButton
              Icon={DeleteIcon}
              label={words("remove_of", { what: each.name || each.date || t("holiday_name") })}
              kind="quiet"
              size="small"
              onClick={() => onChange(holidays.filter((_, at) => at !== place))}
            />
            {each.easter === null ? (
              <div className={styles.when}>
                <input
                  type="date"
                  required
                  className={admin.input}
                  aria-label={t("holiday_date")}
                  value={each.date}
                  onChange={(event) => put(place, { date: event.target.value })}
                />
                <label className={admin.check}>
                  <input
                    type="checkbox"
                    checked={each.yearly}
                    onChange={(event) => put(place, { yearly: event.target.checked })}
                  />
                  {t("yearly")}
                </label>
              </div>
            ) : (
              <span className={admin.about}>{t("with_easter")}</span>
            )}
          </li>
        ))}
      </ul>
      <div className={admin.buttons}>
        <Button type="button" kind="tertiary" size="md" disabled={holidays.length >= MOST} onClick={add}>
          {t("add_holiday")}
        </Button>
        <Button
          type="button"
          kind="tertiary"
          size="md"
          disabled={holidays.length > MOST - 13}
          onClick={() => onChange(withItalian(holidays, year))}
        >
          {t("add_italian")}
        </Button>
      </div>
    </fieldset>
  );
}

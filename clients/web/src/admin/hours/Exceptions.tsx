import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { HOURS_STATES, type HoursException, type HoursState } from "../../api/hours";
import { RoundButton } from "../../ui/RoundButton";
import admin from "../Admin.module.css";
import styles from "./Hours.module.css";

interface Props {
  exceptions: readonly HoursException[];
  onChange: (exceptions: HoursException[]) => void;
}

/** What holds from one moment to another, whatever else is written. */
export function Exceptions({ exceptions, onChange }: Props) {
  const { t } = useTranslation("admin/hours");
  const { t: words } = useTranslation("admin");
  const put = (place: number, change: Partial<HoursException>): void =>
    onChange(exceptions.map((each, at) => (at === place ? { ...each, ...change } : each)));
  const add = (): void => onChange([...exceptions, { begins: "", ends: "", state: "closed", name: "" }]);
  return (
    <fieldset className={admin.group}>
      <legend>{t("exceptions_title")}</legend>
      <p className={admin.about}>{t("exceptions_hint")}</p>
      <ul role="list" className={styles.rows}>
        {exceptions.map((each, place) => (
          // Exceptions have no identity of their own.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={place} className={styles.row}>
            <div className={styles.when}>
              <select
                className={admin.input}
                aria-label={t("exception_state")}
                value={each.state}
                onChange={(event) => put(place, { state: event.target.value as HoursState })}
              >
                {HOURS_STATES.map((state) => (
                  <option key={state} value={state}>
                    {t(`state_${state}`)}
                  </option>
                ))}
              </select>
              <input
                className={admin.input}
                aria-label={t("exception_name")}
                placeholder={t("exception_name")}
                maxLength={60}
                value={each.name}
                onChange={(event) => put(place, { name: event.target.value })}
              />
            </div>
            <RoundButton
              Icon={DeleteIcon}
              label={words("remove_of", { what: each.name || t(`state_${each.state}`) })}
              kind="quiet"
              size="small"
              onClick={() => onChange(exceptions.filter((_, at) => at !== place))}
            />
            <div className={styles.span}>
              {(["begins", "ends"] as const).map((side) => (
                <label key={side} className={styles.side}>
                  {t(side)}
                  <input
                    type="datetime-local"
                    required
                    className={admin.input}
                    value={each[side]}
                    onChange={(event) => put(place, { [side]: event.target.value.slice(0, 16) })}
                  />
                </label>
              ))}
            </div>
          </li>
        ))}
      </ul>
      <Button type="button" kind="tertiary" size="md" disabled={exceptions.length >= 200} onClick={add}>
        {t("add_exception")}
      </Button>
    </fieldset>
  );
}

import { Button } from "@vector-im/compound-web";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import { type Mobile, type MobileHours, servicesApi } from "../api/services";
import { cleanDialled } from "../numbers/number";
import { useNumberFormat } from "../numbers/numberFormat";
import { Dialog } from "../ui/Dialog";
import { SearchField } from "../ui/SearchField";
import settings from "../ui/Settings.module.css";
import styles from "./Services.module.css";
import { changeMobiles, switchMobiles } from "./services";
import { SwitchRow } from "./SwitchRow";
import { troubleWords } from "./words";

/** As many as the house takes. */
const MOST = 3;
const DELAYS = [0, 5, 10, 15, 20, 30];
const WORKING_DAYS = [0, 1, 2, 3, 4];

/** My phones outside, which ring as my other devices do: each with its switch, its delay and its hours. */
export function Mobiles({ mobiles }: { mobiles: readonly Mobile[] }) {
  const { t } = useTranslation("services");
  const [adding, setAdding] = useState(false);
  return (
    <>
      {mobiles.map((mobile) => (
        <MobileRow key={mobile.number} mobile={mobile} />
      ))}
      {mobiles.length < MOST && (
        <div>
          <Button kind="secondary" size="md" onClick={() => setAdding(true)}>
            {t("mobile_add")}
          </Button>
        </div>
      )}
      {adding && <MobileDialog onClose={() => setAdding(false)} />}
    </>
  );
}

function MobileRow({ mobile }: { mobile: Mobile }) {
  const { t } = useTranslation("services");
  const format = useNumberFormat();
  const { number, on, trouble } = mobile;
  const shown = format(mobile.shown);
  const name = mobile.name ? `${mobile.name} · ${shown}` : shown;
  return (
    <SwitchRow
      label={name}
      hint={t("mobile_hint")}
      on={on}
      onSwitch={(next) => void switchMobiles(() => servicesApi.changeMobile(number, { on: next }))}
    >
      <div className={styles.mobile}>
        <Delay mobile={mobile} name={name} />
        <When mobile={mobile} name={name} />
        <Button
          kind="tertiary"
          size="md"
          className={styles.change ?? ""}
          aria-label={t("mobile_remove_of", { name })}
          onClick={() => void switchMobiles(() => servicesApi.removeMobile(number))}
        >
          {t("mobile_remove")}
        </Button>
      </div>
      {mobile.hours && <Hours mobile={mobile} hours={mobile.hours} name={name} />}
      <div role="status">
        {trouble && (
          <p className={styles.trouble}>{troubleWords({ situation: "always", why: trouble }, t)}</p>
        )}
      </div>
    </SwitchRow>
  );
}

function Delay({ mobile: { number, delay }, name }: { mobile: Mobile; name: string }) {
  const { t } = useTranslation("services");
  // What is chosen is read at once: it is put back before the house has answered.
  const choose = (seconds: number): void =>
    void switchMobiles(() => servicesApi.changeMobile(number, { delay: seconds }));
  const offered = [...new Set([...DELAYS, delay])].toSorted((a, b) => a - b);
  return (
    <select
      className={styles.select}
      aria-label={t("mobile_delay_of", { name })}
      value={delay}
      onChange={({ target }) => choose(Number(target.value))}
    >
      {offered.map((seconds) => (
        <option key={seconds} value={seconds}>
          {seconds === 0 ? t("mobile_at_once") : t("mobile_after", { count: seconds })}
        </option>
      ))}
    </select>
  );
}

function When({ mobile: { number, hours }, name }: { mobile: Mobile; name: string }) {
  const { t } = useTranslation("services");
  const usual = (): MobileHours => ({
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    days: WORKING_DAYS,
    opens: "08:00",
    closes: "19:00",
  });
  const choose = (next: MobileHours | null): void =>
    void switchMobiles(() => servicesApi.changeMobile(number, { hours: next }));
  return (
    <select
      className={styles.select}
      aria-label={t("mobile_hours_of", { name })}
      value={hours ? "hours" : "always"}
      onChange={({ target }) => choose(target.value === "hours" ? usual() : null)}
    >
      <option value="always">{t("mobile_any_time")}</option>
      <option value="hours">{t("mobile_hours")}</option>
    </select>
  );
}

interface HoursProps {
  mobile: Mobile;
  hours: MobileHours;
  name: string;
}

function Hours({ mobile: { number }, hours, name }: HoursProps) {
  const { t, i18n } = useTranslation("services");
  const change = (next: Partial<MobileHours>): void =>
    void switchMobiles(() => servicesApi.changeMobile(number, { hours: { ...hours, ...next } }));
  const toggled = (day: number): number[] =>
    hours.days.includes(day) ? hours.days.filter((each) => each !== day) : [...hours.days, day];
  const times = [
    ["opens", t("mobile_from")],
    ["closes", t("mobile_to")],
  ] as const;
  return (
    <div className={styles.mobile}>
      <span className={styles.days} role="group" aria-label={t("mobile_days_of", { name })}>
        {[0, 1, 2, 3, 4, 5, 6].map((day) => (
          <button
            key={day}
            type="button"
            className={styles.day}
            aria-pressed={hours.days.includes(day)}
            aria-label={dayName(day, i18n.language, "long")}
            // On no day at all it is switched off.
            disabled={hours.days.length === 1 && hours.days.includes(day)}
            onClick={() => change({ days: toggled(day) })}
          >
            {dayName(day, i18n.language, "narrow")}
          </button>
        ))}
      </span>
      {times.map(([which, label]) => (
        <label key={which} className={styles.time}>
          {label}
          <input
            type="time"
            className={styles.select}
            defaultValue={hours[which]}
            onBlur={({ target }) =>
              target.value && target.value !== hours[which] && change({ [which]: target.value })
            }
          />
        </label>
      ))}
    </div>
  );
}

/** The name of a day of the week; the 1st of January 2024 was a Monday. */
function dayName(day: number, language: string, weekday: "long" | "narrow"): string {
  return new Intl.DateTimeFormat(language, { weekday, timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + day));
}

function MobileDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("services");
  const form = useId();
  const [number, setNumber] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (number.trim() === "") return;
    setBusy(true);
    setRefused(null);
    try {
      await changeMobiles(() => servicesApi.addMobile(number));
      onClose();
    } catch (error) {
      setRefused(errorWords(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("mobile_add")}
      onClose={onClose}
      actions={
        <Button kind="primary" size="md" type="submit" form={form} disabled={busy || number.trim() === ""}>
          {t("mobile_let_ring")}
        </Button>
      }
    >
      <form id={form} onSubmit={(event) => void add(event)}>
        <SearchField
          label={t("mobile_number")}
          value={number}
          onChange={(value) => setNumber(cleanDialled(value))}
        />
      </form>
      <p className={settings.hint}>{t("mobile_add_hint")}</p>
      <div role="alert" className={styles.refused}>
        {refused && <p className={settings.error}>{refused}</p>}
      </div>
    </Dialog>
  );
}

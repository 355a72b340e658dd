import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Services } from "../api/services";
import { atMoment, momentWords, ownZone } from "../hours/words";
import { useNow } from "../ui/now";
import { endsOffered, nextAt } from "./ends";
import styles from "./Services.module.css";
import { switchServices } from "./services";
import { SwitchRow } from "./SwitchRow";

/** Nothing rings: until it is switched off, or until a time at which it ends by itself. */
export function DoNotDisturb({ services }: { services: Services }) {
  const { t } = useTranslation("services");
  return (
    <SwitchRow
      label={t("do_not_disturb")}
      hint={t("do_not_disturb_hint")}
      on={services.do_not_disturb}
      onSwitch={(next) => void switchServices({ do_not_disturb: next })}
    >
      {services.do_not_disturb && <Ends services={services} />}
    </SwitchRow>
  );
}

function Ends({ services }: { services: Services }) {
  const { t } = useTranslation("services");
  const id = useId();
  const now = useNow();
  const [asks, setAsks] = useState(false);
  const until = services.do_not_disturb_until;
  const ends = endsOffered(now, services.hours);
  const words = (at: number): string => momentWords(at, now, ownZone());
  const choose = (value: string): void => {
    setAsks(value === "at");
    if (value === "at") return;
    const at = Number(value);
    void switchServices(at ? { do_not_disturb_until: at } : { do_not_disturb: true });
  };
  const other = until !== null && !ends.some(({ at }) => at === until);
  return (
    <div className={styles.seconds}>
      <label htmlFor={id}>{t("ends")}</label>
      <select
        id={id}
        className={styles.select}
        value={asks ? "at" : (until ?? 0)}
        onChange={(event) => choose(event.target.value)}
      >
        <option value={0}>{t("ends_never")}</option>
        {other && <option value={until}>{atMoment(until, now, ownZone())}</option>}
        {ends.map(({ kind, at }) => (
          <option key={kind} value={at}>
            {t(`ends_${kind}`, { until: words(at) })}
          </option>
        ))}
        <option value="at">{t("ends_at")}</option>
      </select>
      {asks && (
        <input
          type="time"
          className={styles.select}
          aria-label={t("ends_time")}
          ref={(input) => input?.focus()}
          onBlur={(event) => {
            const at = nextAt(Date.now(), event.target.value);
            setAsks(false);
            if (at !== null) void switchServices({ do_not_disturb_until: at });
          }}
          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
        />
      )}
    </div>
  );
}

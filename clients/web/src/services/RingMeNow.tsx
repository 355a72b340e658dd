import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import { type RingMe, servicesApi } from "../api/services";
import { useNumberFormat } from "../numbers/numberFormat";
import settings from "../ui/Settings.module.css";
import styles from "./Services.module.css";

/** How often it is asked what rings, in ms. */
const LOOK_MS = 1_000;

/** Rings what a call would ring now, and says of each device what becomes of it. */
export function RingMeNow() {
  const { t } = useTranslation("services");
  const format = useNumberFormat();
  const [rung, setRung] = useState<RingMe | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [begins, setBegins] = useState(false);
  const going = rung !== null && !rung.over;
  useEffect(() => {
    if (!rung || rung.over) return;
    const timer = setTimeout(() => {
      // What was seen of a try stays when the house has forgotten it.
      servicesApi.rung(rung.call_id).then(
        (next) => setRung(next.devices.length > 0 ? next : { ...rung, over: next.over }),
        () => setRung({ ...rung, over: true }),
      );
    }, LOOK_MS);
    return () => clearTimeout(timer);
  }, [rung]);
  const begin = async (): Promise<void> => {
    setBegins(true);
    setFailed(null);
    try {
      setRung(await servicesApi.ringMe());
    } catch (error) {
      setFailed(errorWords(error));
    }
    setBegins(false);
  };
  return (
    <div className={styles.tried}>
      <div>
        <Button kind="secondary" size="md" disabled={going || begins} onClick={() => void begin()}>
          {t("ring_me")}
        </Button>
      </div>
      <div role="status">
        {rung && rung.devices.length > 0 && (
          <ul role="list" className={styles.rung} aria-label={t("ring_me")}>
            {rung.devices.map(({ kind, number, state }) => (
              <li key={`${kind} ${number}`} data-state={state}>
                <span className={styles.label}>
                  {kind === "matrix"
                    ? t("clients")
                    : kind === "desk_phone"
                      ? `${t("desk_phone")} ${number}`
                      : format(number)}
                </span>
                <span className={settings.hint}>{t(`rung_${state}`)}</span>
              </li>
            ))}
          </ul>
        )}
        {rung?.over && rung.devices.length === 0 && <p className={settings.hint}>{t("ring_me_nothing")}</p>}
        {failed && <p className={settings.error}>{failed}</p>}
      </div>
    </div>
  );
}

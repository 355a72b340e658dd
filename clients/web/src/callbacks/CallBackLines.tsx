import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import { useNow } from "../ui/now";
import { ownZone, untilMoment } from "../hours/words";
import { callBacks, cancelCallBack } from "./callBacks";
import styles from "./CallBackLines.module.css";

/** Whom I wait for, until when, and the press that ends it; nothing while I wait for nobody. */
export function CallBackLines() {
  const { t } = useTranslation("callbacks");
  const waiting = useStore(callBacks);
  const now = useNow();
  if (waiting.length === 0) return null;
  return (
    <ul role="list" className={styles.lines} aria-label={t("title")} data-testid="call-backs">
      {waiting.map(({ id, person, calling, expires_at: until }) => (
        <li key={id} className={styles.line}>
          <span className={styles.words}>
            <strong>{t(calling ? "calling" : "waiting", { name: person.name })}</strong>
            {!calling && <span className={styles.until}>{untilMoment(until, now, ownZone())}</span>}
          </span>
          <button
            type="button"
            className={styles.cancel}
            aria-label={t("cancel_of", { name: person.name })}
            onClick={() => void cancelCallBack(id)}
          >
            {t("cancel")}
          </button>
        </li>
      ))}
    </ul>
  );
}

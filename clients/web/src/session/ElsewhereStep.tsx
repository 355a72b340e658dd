import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { accounts, type ElsewhereStep as Elsewhere } from "../api/accounts";
import { errorWords } from "../api/errors";
import { Door } from "./Door";
import styles from "./Door.module.css";
import type { Flow } from "./flow";
import { browserWords, momentWords } from "./words";

/** The one session of this layout is in another browser: it ends when the person says so. */
export function ElsewhereStep({ step, flow }: { step: Elsewhere; flow: Flow }) {
  const { t } = useTranslation("session");
  const { browser, since, layout } = step.other;
  const where = { browser: browserWords(browser), since: momentWords(since) };
  return (
    <Door
      title={t("elsewhere_title")}
      lead={since > 0 ? t(`elsewhere_${layout}`, where) : t("elsewhere_unknown")}
      step="elsewhere"
    >
      <p className={styles.note}>{t("elsewhere_ends")}</p>
      <div role="alert">
        {flow.error !== null && <p className={styles.error}>{errorWords(flow.error)}</p>}
      </div>
      <Button
        className={styles.wide ?? ""}
        autoFocus
        disabled={flow.running}
        onClick={() => flow.run(() => accounts.confirm())}
      >
        {t("elsewhere_confirm")}
      </Button>
      <div className={styles.ways}>
        <button type="button" className={styles.way} onClick={() => flow.show({ step: "credentials" })}>
          {t("elsewhere_cancel")}
        </button>
      </div>
    </Door>
  );
}

import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { accounts, type ConsentStep as Consent } from "../api/accounts";
import { errorWords } from "../api/errors";
import { Door } from "./Door";
import styles from "./ConsentStep.module.css";
import door from "./Door.module.css";
import type { Flow } from "./flow";

/** Another program asks to be connected with the account: by its name, which it gave itself, and its device. */
export function ConsentStep({ step, flow }: { step: Consent; flow: Flow }) {
  const { t } = useTranslation("session");
  const { client, host, device_id: device, back_to: backTo, email } = step.consent;
  const answer = (agrees: boolean): void => flow.run(() => accounts.consent(agrees));
  return (
    <Door title={t("consent_title", { client })} lead={t("consent_lead", { client, email })} step="consent">
      <dl className={styles.facts}>
        <dt>{t("consent_from")}</dt>
        <dd>{host}</dd>
        <dt>{t("consent_back")}</dt>
        <dd>{backTo || t("consent_here")}</dd>
        <dt>{t("consent_device")}</dt>
        <dd className={styles.device}>{device}</dd>
      </dl>
      <p className={door.note}>{t("consent_warning")}</p>
      <div role="alert">{flow.error !== null && <p className={door.error}>{errorWords(flow.error)}</p>}</div>
      <Button className={door.wide ?? ""} disabled={flow.running} onClick={() => answer(true)}>
        {t("consent_agree")}
      </Button>
      <Button
        kind="secondary"
        className={door.wide ?? ""}
        disabled={flow.running}
        onClick={() => answer(false)}
      >
        {t("consent_refuse")}
      </Button>
    </Door>
  );
}

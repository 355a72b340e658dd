import { useTranslation } from "react-i18next";
import { accounts, type EnrolStep as Enrol } from "../api/accounts";
import styles from "./Door.module.css";
import { Door } from "./Door";
import { EnrolPanel } from "./EnrolPanel";
import type { Flow } from "./flow";

/** The first sign-in: a second factor is chosen and proved; the recovery codes follow. */
export function EnrolStep({ step, flow }: { step: Enrol; flow: Flow }) {
  const { t } = useTranslation("session");
  const verify = async (code: string): Promise<void> => {
    const { recovery_codes } = await accounts.verifyEnrolment(code);
    flow.show({ step: "recovery", codes: recovery_codes });
  };
  return (
    <Door title={t("enrol_title")} lead={t("enrol_lead")} step="enrol">
      <EnrolPanel methods={step.methods} begin={accounts.enrol} verify={verify} />
      <div className={styles.ways}>
        <button type="button" className={styles.way} onClick={() => flow.show({ step: "credentials" })}>
          {t("start_again")}
        </button>
      </div>
    </Door>
  );
}

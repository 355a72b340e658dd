import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { errorWords } from "../api/errors";
import { Door } from "./Door";
import type { Flow } from "./flow";
import { RecoveryCodes } from "./RecoveryCodes";

/** The recovery codes, before the sign-in goes on. */
export function RecoveryStep({ codes, flow }: { codes: readonly string[]; flow: Flow }) {
  const { t } = useTranslation("session");
  return (
    <Door title={t("codes_title")} lead={t("codes_lead")} step="recovery">
      <RecoveryCodes
        codes={codes}
        running={flow.running}
        error={flow.error === null ? null : errorWords(flow.error)}
        onDone={() => flow.run(() => accounts.finishEnrolment())}
      />
    </Door>
  );
}

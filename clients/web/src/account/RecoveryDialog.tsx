import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { Dialog } from "../ui/Dialog";
import { RecoveryCodes } from "../session/RecoveryCodes";
import { AskPassword } from "./AskPassword";
import styles from "./FactorDialog.module.css";

/** Ten new recovery codes in place of the old. */
export function RecoveryDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("account");
  const [codes, setCodes] = useState<string[] | null>(null);
  const renew = async (password: string): Promise<void> => {
    setCodes((await accounts.newRecoveryCodes(password)).recovery_codes);
  };
  return (
    <Dialog title={t("recovery_renew")} onClose={onClose}>
      <div className={styles.body}>
        {codes ? (
          <RecoveryCodes codes={codes} onDone={onClose} />
        ) : (
          <AskPassword lead={t("recovery_renew_lead")} label={t("recovery_renew")} onPassword={renew} />
        )}
      </div>
    </Dialog>
  );
}

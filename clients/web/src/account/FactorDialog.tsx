import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts, type Enrolment, type Method } from "../api/accounts";
import { Dialog } from "../ui/Dialog";
import { toast } from "../ui/toasts";
import { EnrolPanel } from "../session/EnrolPanel";
import { RecoveryCodes } from "../session/RecoveryCodes";
import { AskPassword } from "./AskPassword";
import styles from "./FactorDialog.module.css";

interface Props {
  method: Method;
  onClose: () => void;
}

/** Adds an authenticator or a mobile number, or puts a new one in the place of the old. */
export function FactorDialog({ method, onClose }: Props) {
  const { t } = useTranslation("account");
  const [password, setPassword] = useState<string | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const begin = (chosen: Method, number: string | null): Promise<Enrolment> =>
    accounts.addFactor(password ?? "", chosen, number);
  const verify = async (code: string): Promise<void> => {
    const { recovery_codes } = await accounts.verifyFactor(code);
    toast("success", t("factor_added"));
    if (recovery_codes.length > 0) setCodes(recovery_codes);
    else onClose();
  };
  const lead = t("factor_password");
  return (
    <Dialog title={t(`factor_${method}`)} onClose={onClose}>
      <div className={styles.body}>
        {codes.length > 0 ? (
          <RecoveryCodes codes={codes} onDone={onClose} />
        ) : password === null ? (
          <AskPassword lead={lead} label={t("continue")} onPassword={async (given) => setPassword(given)} />
        ) : (
          <EnrolPanel methods={[method]} begin={begin} verify={verify} />
        )}
      </div>
    </Dialog>
  );
}

export function RemoveFactorDialog({ method, onClose }: Props) {
  const { t } = useTranslation("account");
  const remove = async (password: string): Promise<void> => {
    await accounts.removeFactor(password, method);
    toast("success", t("factor_removed"));
    onClose();
  };
  return (
    <Dialog title={t(`factor_remove_${method}`)} onClose={onClose}>
      <AskPassword lead={t("factor_remove_lead")} label={t("remove")} destructive onPassword={remove} />
    </Dialog>
  );
}

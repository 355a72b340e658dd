import { Form } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts, type Account } from "../api/accounts";
import { Dialog } from "../ui/Dialog";
import { toast } from "../ui/toasts";
import { PasswordForm } from "../signup/PasswordForm";

/** Changes the password; the old one is asked for. */
export function PasswordDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation("account");
  const [attempt, setAttempt] = useState<{ running: boolean; error: unknown }>({
    running: false,
    error: null,
  });
  const change = (password: string, form: FormData): void => {
    setAttempt({ running: true, error: null });
    accounts.changePassword(String(form.get("current") ?? ""), password).then(
      () => {
        toast("success", t("password_changed"));
        onClose();
      },
      (error: unknown) => setAttempt({ running: false, error }),
    );
  };
  return (
    <Dialog title={t("password_change")} onClose={onClose}>
      <PasswordForm
        email={account.person.email}
        about={[account.person.name]}
        label={t("password_change")}
        running={attempt.running}
        error={attempt.error}
        onSubmit={change}
        onChange={() => setAttempt({ running: false, error: null })}
      >
        <Form.Field name="current">
          <Form.Label>{t("password_current")}</Form.Label>
          <Form.PasswordControl required autoFocus autoComplete="current-password" />
          <Form.ErrorMessage match="valueMissing">{t("password_current_missing")}</Form.ErrorMessage>
        </Form.Field>
      </PasswordForm>
    </Dialog>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { Door } from "../session/Door";
import { goOn } from "../session/goOn";
import { BadLink } from "./BadLink";
import { PasswordForm } from "./PasswordForm";
import { useLink } from "./useLink";

/** Behind the link of a forgotten password. */
export function NewPasswordPage({ token }: { token: string }) {
  const { t } = useTranslation("signup");
  const state = useLink(token, accounts.reset);
  const [attempt, setAttempt] = useState<{ running: boolean; error: unknown }>({
    running: false,
    error: null,
  });
  if (state.status === "bad") return <BadLink kind="reset" error={state.error} />;
  if (state.status === "looking") return <Door title={t("looking")} step="looking" />;
  const { email, name, organisation } = state.link;
  const change = (password: string): void => {
    setAttempt({ running: true, error: null });
    accounts
      .setPassword(token, password)
      .then(() => goOn(email, password))
      .catch((error: unknown) => setAttempt({ running: false, error }));
  };
  return (
    <Door title={t("reset_title")} lead={t("reset_lead", { email })} step="password">
      <PasswordForm
        email={email}
        about={[name, organisation]}
        label={t("reset_save")}
        running={attempt.running}
        error={attempt.error}
        onSubmit={change}
        onChange={() => setAttempt({ running: false, error: null })}
      />
    </Door>
  );
}

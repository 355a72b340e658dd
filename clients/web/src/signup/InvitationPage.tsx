import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { language } from "../i18n/i18n";
import { Door } from "../session/Door";
import { goOn } from "../session/goOn";
import { BadLink } from "./BadLink";
import { PasswordForm } from "./PasswordForm";
import { useLink } from "./useLink";

/** Behind an invitation's link: whose address it proves, and the first password. */
export function InvitationPage({ token }: { token: string }) {
  const { t } = useTranslation("signup");
  const state = useLink(token, accounts.invitation);
  const [attempt, setAttempt] = useState<{ running: boolean; error: unknown }>({
    running: false,
    error: null,
  });
  if (state.status === "bad") return <BadLink kind="invitation" error={state.error} />;
  if (state.status === "looking") return <Door title={t("looking")} step="looking" />;
  const { email, name, organisation } = state.link;
  const accept = (password: string): void => {
    setAttempt({ running: true, error: null });
    accounts
      .acceptInvitation(token, password, language())
      .then(() => goOn(email, password))
      .catch((error: unknown) => setAttempt({ running: false, error }));
  };
  return (
    <Door title={t("welcome", { name })} lead={t("invited", { organisation, email })} step="password">
      <PasswordForm
        email={email}
        about={[name, organisation]}
        label={t("accept")}
        running={attempt.running}
        error={attempt.error}
        onSubmit={accept}
        onChange={() => setAttempt({ running: false, error: null })}
      />
    </Door>
  );
}

import { Button, Form } from "@vector-im/compound-web";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { errorWords } from "../api/errors";
import { Door } from "../session/Door";
import styles from "../session/Door.module.css";

/** Asks for a link by mail. The answer is the same whether there is such an account or not. */
export function ForgottenPage() {
  const { t } = useTranslation("signup");
  const [state, setState] = useState<{ sent: string | null; running: boolean; error: unknown }>({
    sent: null,
    running: false,
    error: null,
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget).get("email") ?? "").trim();
    setState({ sent: null, running: true, error: null });
    accounts.forgotten(email).then(
      () => setState({ sent: email, running: false, error: null }),
      (error: unknown) => setState({ sent: null, running: false, error }),
    );
  };
  const back = (
    <div className={styles.ways}>
      <a className={styles.way} href="#/">
        {t("to_sign_in")}
      </a>
    </div>
  );
  if (state.sent !== null) {
    return (
      <Door title={t("forgotten_sent")} lead={t("forgotten_sent_text", { email: state.sent })} step="sent">
        <p className={styles.hint}>{t("forgotten_not_come")}</p>
        {back}
      </Door>
    );
  }
  return (
    <Door title={t("forgotten_title")} lead={t("forgotten_lead")} step="ask">
      <Form.Root className={styles.form} onSubmit={submit}>
        <Form.Field name="email">
          <Form.Label>{t("email")}</Form.Label>
          <Form.TextControl type="email" required autoComplete="username" autoFocus inputMode="email" />
          <Form.ErrorMessage match="valueMissing">{t("email_missing")}</Form.ErrorMessage>
          <Form.ErrorMessage match="typeMismatch">{t("email_malformed")}</Form.ErrorMessage>
        </Form.Field>
        <div role="alert">
          {state.error !== null && <p className={styles.error}>{errorWords(state.error)}</p>}
        </div>
        <Button type="submit" disabled={state.running}>
          {t("forgotten_send")}
        </Button>
      </Form.Root>
      {back}
    </Door>
  );
}

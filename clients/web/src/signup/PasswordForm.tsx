import { Button, Form } from "@vector-im/compound-web";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import styles from "../session/Door.module.css";
import { StrengthHint } from "./StrengthHint";
import { personalWords } from "./strength";

interface Props {
  email: string;
  /** Texts whose words make a bad password: names of the person and the organisation. */
  about: string[];
  label: string;
  running: boolean;
  error: unknown;
  onSubmit: (password: string, form: FormData) => void;
  onChange?: () => void;
  /** Fields before the new password. */
  children?: ReactNode;
}

/** A new password, with its strength in words while it is typed. What counts is the server's judgement. */
export function PasswordForm({ email, about, label, running, error, onSubmit, onChange, children }: Props) {
  const { t } = useTranslation("signup");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(password, new FormData(event.currentTarget));
  };
  return (
    <Form.Root className={styles.form} onSubmit={submit} onChange={onChange}>
      {children}
      {/* For password managers: which account this password is of. */}
      <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
      <Form.Field name="password">
        <Form.Label>{t("new_password")}</Form.Label>
        <Form.PasswordControl
          required
          minLength={8}
          autoFocus={!children}
          autoComplete="new-password"
          aria-describedby="strength"
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
        <Form.ErrorMessage match="valueMissing">{t("password_missing")}</Form.ErrorMessage>
        <Form.ErrorMessage match="tooShort">{t("password_short")}</Form.ErrorMessage>
      </Form.Field>
      <StrengthHint id="strength" password={password} words={personalWords(email, ...about)} />
      <div role="alert">{error !== null && <p className={styles.error}>{errorWords(error)}</p>}</div>
      <Button type="submit" disabled={running}>
        {label}
      </Button>
    </Form.Root>
  );
}

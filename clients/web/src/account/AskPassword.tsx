import { Button, Form } from "@vector-im/compound-web";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import door from "../session/Door.module.css";

interface Props {
  /** Why it is asked for. */
  lead: string;
  label: string;
  destructive?: boolean;
  onPassword: (password: string) => Promise<void>;
}

/** The password again, before something that a stranger at an open computer must not do. */
export function AskPassword({ lead, label, destructive = false, onPassword }: Props) {
  const { t } = useTranslation("account");
  const [state, setState] = useState<{ running: boolean; error: unknown }>({ running: false, error: null });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password") ?? "");
    setState({ running: true, error: null });
    onPassword(password).then(
      () => setState({ running: false, error: null }),
      (error: unknown) => setState({ running: false, error }),
    );
  };
  return (
    <Form.Root
      className={door.form}
      onSubmit={submit}
      onChange={() => setState({ running: false, error: null })}
    >
      <p>{lead}</p>
      <Form.Field name="password">
        <Form.Label>{t("password_yours")}</Form.Label>
        <Form.PasswordControl required autoFocus autoComplete="current-password" />
        <Form.ErrorMessage match="valueMissing">{t("password_yours_missing")}</Form.ErrorMessage>
      </Form.Field>
      <div role="alert">
        {state.error !== null && <p className={door.error}>{errorWords(state.error)}</p>}
      </div>
      <Button type="submit" destructive={destructive} disabled={state.running}>
        {label}
      </Button>
    </Form.Root>
  );
}

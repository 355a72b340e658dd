import { Button, Form, Heading, Text } from "@vector-im/compound-web";
import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { errorWords } from "../api/errors";
import type { DemoLogin, PublicConfig } from "../api/types";
import { Logo } from "../app/Logo";
import { LANGUAGES, language, setLanguage } from "../i18n/i18n";
import { PersonAvatar } from "../people/PersonAvatar";
import { signIn, type SignedOutReason } from "./session";
import styles from "./SignInPage.module.css";

/** The door: e-mail and password, and in the demonstration one tap a colleague. */
export function SignInPage({ reason }: { reason: SignedOutReason }) {
  const { t } = useTranslation("session");
  const config = usePublicConfig();
  const attempt = useSignIn();
  return (
    <div className={styles.page}>
      <main className={styles.card}>
        <Logo size={48} />
        <Heading as="h1" size="md" weight="semibold">
          {config ? t("sign_in_to", { organisation: config.organisation }) : t("sign_in")}
        </Heading>
        {reason === "ended" && !attempt.error && (
          <p className={styles.reason} role="status">
            {t("ended")}
          </p>
        )}
        <CredentialsForm attempt={attempt} />
        {config?.demo && <DemoLogins logins={config.demo.logins} attempt={attempt} />}
      </main>
      <Languages />
    </div>
  );
}

interface Attempt {
  running: boolean;
  error: unknown;
  start: (email: string, password: string) => void;
  forget: () => void;
}

function useSignIn(): Attempt {
  const [state, setState] = useState<{ running: boolean; error: unknown }>({ running: false, error: null });
  const start = (email: string, password: string): void => {
    setState({ running: true, error: null });
    // On success this page is gone.
    signIn(email.trim(), password).catch((error: unknown) => setState({ running: false, error }));
  };
  return { ...state, start, forget: () => setState({ running: false, error: null }) };
}

function usePublicConfig(): PublicConfig | null {
  const [config, setConfig] = useState<PublicConfig | null>(null);
  useEffect(() => {
    let current = true;
    // Without it the page works all the same; a server that is away is told when signing in.
    api.config().then(
      (found) => current && setConfig(found),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, []);
  return config;
}

function CredentialsForm({ attempt }: { attempt: Attempt }) {
  const { t } = useTranslation("session");
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    attempt.start(String(data.get("email") ?? ""), String(data.get("password") ?? ""));
  };
  return (
    <Form.Root
      className={styles.form}
      onSubmit={submit}
      onChange={attempt.error ? attempt.forget : undefined}
    >
      <Form.Field name="email">
        <Form.Label>{t("email")}</Form.Label>
        <Form.TextControl type="email" required autoComplete="username" autoFocus inputMode="email" />
        <Form.ErrorMessage match="valueMissing">{t("email_missing")}</Form.ErrorMessage>
        <Form.ErrorMessage match="typeMismatch">{t("email_malformed")}</Form.ErrorMessage>
      </Form.Field>
      <Form.Field name="password">
        <Form.Label>{t("password")}</Form.Label>
        <Form.PasswordControl required autoComplete="current-password" />
        <Form.ErrorMessage match="valueMissing">{t("password_missing")}</Form.ErrorMessage>
      </Form.Field>
      <div role="alert">
        {attempt.error !== null && <p className={styles.error}>{errorWords(attempt.error)}</p>}
      </div>
      <Button type="submit" disabled={attempt.running}>
        {attempt.running ? t("signing_in") : t("sign_in")}
      </Button>
    </Form.Root>
  );
}

function DemoLogins({ logins, attempt }: { logins: DemoLogin[]; attempt: Attempt }) {
  const { t } = useTranslation("session");
  return (
    <section className={styles.demo} aria-labelledby="demo-title">
      <Text as="h2" id="demo-title" size="sm" weight="medium" className={styles.demoTitle ?? ""}>
        {t("demo")}
      </Text>
      <ul role="list" className={styles.logins}>
        {logins.map((login) => (
          <li key={login.email}>
            <button
              type="button"
              className={styles.login}
              disabled={attempt.running}
              onClick={() => attempt.start(login.email, login.password)}
            >
              <PersonAvatar userId={login.email} name={login.name} size={28} />
              <span className={styles.loginName}>{login.name}</span>
              <span className={styles.loginExtension}>{login.extension}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Languages() {
  const { t } = useTranslation();
  return (
    <nav className={styles.languages} aria-label={t("language")}>
      {LANGUAGES.map((each) => (
        <button
          key={each}
          type="button"
          lang={each}
          className={styles.language}
          aria-pressed={each === language()}
          onClick={() => setLanguage(each)}
        >
          {t(`language_${each}`)}
        </button>
      ))}
    </nav>
  );
}

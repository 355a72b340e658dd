import { Button, Form, Text } from "@vector-im/compound-web";
import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { errorWords } from "../api/errors";
import type { DemoLogin, PublicConfig } from "../api/types";
import { paths } from "../routes/routes";
import { PersonAvatar } from "../people/PersonAvatar";
import styles from "./CredentialsStep.module.css";
import { Door } from "./Door";
import door from "./Door.module.css";
import type { Flow } from "./flow";
import type { SignedOut } from "./session";
import { browserWords, momentWords } from "./words";

interface Props {
  flow: Flow;
  before: SignedOut | null;
  /** The sign-in is for another Matrix client. */
  oidc: boolean;
}

/** E-mail and password, and in the demonstration one tap a colleague. */
export function CredentialsStep({ flow, before, oidc }: Props) {
  const { t } = useTranslation("session");
  const config = usePublicConfig();
  const title = config ? t("sign_in_to", { organisation: config.organisation }) : t("sign_in");
  return (
    <Door title={title} lead={oidc ? t("oidc_lead") : undefined} step="credentials">
      {before && flow.error === null && <WhatHappened before={before} />}
      <CredentialsForm flow={flow} />
      <div className={door.ways}>
        <a className={door.way} href={`#${paths.forgotten}`}>
          {t("forgotten")}
        </a>
      </div>
      {config?.demo && <DemoLogins logins={config.demo.logins} flow={flow} />}
    </Door>
  );
}

/** Why the session before ended, for whoever did not end it. */
function WhatHappened({ before }: { before: SignedOut }) {
  const { t } = useTranslation("session");
  if (before.reason === null || before.reason === "signed_out") return null;
  const browser = before.browser ? browserWords(before.browser) : t("browser_another");
  return (
    <p className={door.note} role="status">
      {before.reason === "elsewhere"
        ? t("ended_elsewhere", { browser, at: momentWords(before.at ?? 0) })
        : t(before.reason === "ended" ? "ended" : `ended_${before.reason}`)}
    </p>
  );
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

function CredentialsForm({ flow }: { flow: Flow }) {
  const { t } = useTranslation("session");
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    flow.signIn(String(data.get("email") ?? ""), String(data.get("password") ?? ""));
  };
  return (
    <Form.Root className={door.form} onSubmit={submit} onChange={flow.forget}>
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
      <div role="alert">{flow.error !== null && <p className={door.error}>{errorWords(flow.error)}</p>}</div>
      <Button type="submit" disabled={flow.running}>
        {flow.running ? t("signing_in") : t("sign_in")}
      </Button>
    </Form.Root>
  );
}

function DemoLogins({ logins, flow }: { logins: DemoLogin[]; flow: Flow }) {
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
              disabled={flow.running}
              onClick={() => flow.signIn(login.email, login.password)}
            >
              <PersonAvatar userId={login.email} name={login.name} size={28} />
              <span className={styles.loginName}>{login.name}</span>
              <span className={styles.loginExtension}>{login.extension}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className={styles.demoNote}>
        {t("demo_factor")}{" "}
        <a className={styles.demoLink} href={`#${paths.outbox}`} target="_blank" rel="noreferrer">
          {t("demo_outbox")}
        </a>
      </p>
    </section>
  );
}

import { Button, Form } from "@vector-im/compound-web";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { accounts, type CodeStep as Code, type Method } from "../api/accounts";
import { errorWords } from "../api/errors";
import { CodeField, digitsOf } from "./CodeField";
import { Door } from "./Door";
import styles from "./Door.module.css";
import type { Flow } from "./flow";
import { useCountdown } from "./useCountdown";

interface Props {
  step: Code;
  flow: Flow;
}

/** The second factor: the code of the app or of a text message, or a recovery code in their place. */
export function CodeStep({ step, flow }: Props) {
  const { t } = useTranslation("session");
  const [method, setMethod] = useState<Method | "recovery">(step.method);
  const [trust, setTrust] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (flow.running) return;
    const typed = String(new FormData(event.currentTarget).get("code") ?? "");
    flow.run(() => accounts.code(method === "recovery" ? typed.trim() : digitsOf(typed), method, trust));
  };
  const choose = (next: Method | "recovery"): void => {
    setMethod(next);
    if (next === "sms" && !step.sent) flow.run(() => accounts.sendCode());
    else flow.forget();
  };
  const { hint } = step;
  const unsent = method === "sms" && !step.sent;
  const lead = unsent ? t("code_not_sent", { hint }) : t(`code_lead_${method}`, { hint });
  return (
    <Door title={t("code_title")} lead={lead} step={`code-${method}`}>
      <Form.Root className={styles.form} onSubmit={submit} onChange={flow.forget}>
        {method === "recovery" ? <RecoveryField /> : <CodeField key={method} label={t("code")} />}
        <Form.InlineField
          name="trust"
          control={
            <Form.CheckboxControl checked={trust} onChange={(event) => setTrust(event.target.checked)} />
          }
        >
          <Form.Label>{t("trust")}</Form.Label>
          <Form.HelpMessage>{t("trust_help")}</Form.HelpMessage>
        </Form.InlineField>
        <div role="alert">
          {flow.error !== null && <p className={styles.error}>{errorWords(flow.error)}</p>}
        </div>
        <Button type="submit" disabled={flow.running}>
          {flow.running ? t("checking") : t("continue")}
        </Button>
      </Form.Root>
      <div className={styles.ways}>
        {method === "sms" && <Resend step={step} flow={flow} />}
        {([...step.methods, "recovery"] as const)
          .filter((other) => other !== method)
          .map((other) => (
            <button key={other} type="button" className={styles.way} onClick={() => choose(other)}>
              {t(`use_${other}`)}
            </button>
          ))}
        <button type="button" className={styles.way} onClick={() => flow.show({ step: "credentials" })}>
          {t("start_again")}
        </button>
      </div>
    </Door>
  );
}

function RecoveryField() {
  const { t } = useTranslation("session");
  return (
    <Form.Field name="code">
      <Form.Label>{t("recovery_code")}</Form.Label>
      <Form.TextControl required autoFocus autoComplete="off" autoCapitalize="none" spellCheck={false} />
      <Form.ErrorMessage match="valueMissing">{t("recovery_missing")}</Form.ErrorMessage>
    </Form.Field>
  );
}

function Resend({ step, flow }: Props) {
  const { t } = useTranslation("session");
  const [round, setRound] = useState(0);
  const left = useCountdown(step.sent ? step.resend_after : 0, `${round}`);
  const send = (): void => {
    flow.run(() => accounts.sendCode());
    setRound(round + 1);
  };
  return (
    <button type="button" className={styles.way} disabled={left > 0 || flow.running} onClick={send}>
      {left > 0 ? t("resend_in", { count: left }) : t("resend")}
    </button>
  );
}

import { Button, Form } from "@vector-im/compound-web";
import KeyIcon from "@vector-im/compound-design-tokens/assets/web/icons/qr-code";
import MobileIcon from "@vector-im/compound-design-tokens/assets/web/icons/mobile";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Enrolment, Method } from "../api/accounts";
import { errorWords } from "../api/errors";
import { CodeField, digitsOf } from "./CodeField";
import door from "./Door.module.css";
import styles from "./EnrolPanel.module.css";
import { useCountdown } from "./useCountdown";

interface Props {
  /** What may be chosen; a single one is not asked for. */
  methods: readonly Method[];
  /** Asks the server to begin; the number only for "sms". */
  begin: (method: Method, number: string | null) => Promise<Enrolment>;
  /** Shows the server the first code. What follows a success is the caller's. */
  verify: (code: string) => Promise<void>;
}

/** Choosing a second factor and proving that it works: authenticator app or mobile number. */
export function EnrolPanel({ methods, begin, verify }: Props) {
  const [method, setMethod] = useState<Method | null>(methods.length === 1 ? (methods[0] ?? null) : null);
  const [number, setNumber] = useState("");
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [round, setRound] = useState(0);
  const attempt = useAttempt();
  const start = (chosen: Method, to: string | null): void =>
    attempt.run(async () => {
      setEnrolment(await begin(chosen, to));
      setRound((before) => before + 1);
    });
  const choose = (chosen: Method): void => {
    setMethod(chosen);
    if (chosen === "totp") start(chosen, null);
  };
  const begun = useRef(false);
  useEffect(() => {
    // A single way needs no choice; asked for once, because the newest key is the only one that works.
    if (method !== "totp" || begun.current) return;
    begun.current = true;
    if (enrolment === null && !attempt.running) start("totp", null);
  });
  const back = (): void => {
    setEnrolment(null);
    if (methods.length > 1) setMethod(null);
    attempt.forget();
  };
  const problem = (
    <div role="alert">
      {attempt.error !== null && <p className={door.error}>{errorWords(attempt.error)}</p>}
    </div>
  );
  if (enrolment) {
    const again = enrolment.method === "sms" ? () => start("sms", number) : null;
    return (
      <Proof
        enrolment={enrolment}
        round={round}
        attempt={attempt}
        verify={verify}
        problem={problem}
        again={again}
        back={back}
      />
    );
  }
  if (method === "sms") {
    const send = (typed: string): void => {
      setNumber(typed);
      start("sms", typed);
    };
    return <Mobile attempt={attempt} problem={problem} send={send} back={methods.length > 1 ? back : null} />;
  }
  return <Choice methods={methods} choose={choose} attempt={attempt} problem={problem} />;
}

interface Attempt {
  running: boolean;
  error: unknown;
  run: (what: () => Promise<void>) => void;
  forget: () => void;
}

function useAttempt(): Attempt {
  const [state, setState] = useState<{ running: boolean; error: unknown }>({ running: false, error: null });
  return {
    ...state,
    run: (what) => {
      setState({ running: true, error: null });
      what().then(
        () => setState({ running: false, error: null }),
        (error: unknown) => setState({ running: false, error }),
      );
    },
    forget: () => setState((now) => (now.error === null ? now : { ...now, error: null })),
  };
}

interface ChoiceProps {
  methods: readonly Method[];
  choose: (method: Method) => void;
  attempt: Attempt;
  problem: React.ReactNode;
}

const ICONS = { totp: KeyIcon, sms: MobileIcon };

function Choice({ methods, choose, attempt, problem }: ChoiceProps) {
  const { t } = useTranslation("session");
  return (
    <div className={styles.choices}>
      {methods.map((method) => {
        const Icon = ICONS[method];
        return (
          <button
            key={method}
            type="button"
            className={styles.choice}
            disabled={attempt.running}
            onClick={() => choose(method)}
          >
            <Icon width={24} height={24} aria-hidden />
            <span>
              <b>{t(`enrol_${method}`)}</b>
              <span>{t(`enrol_${method}_text`)}</span>
            </span>
          </button>
        );
      })}
      {problem}
    </div>
  );
}

interface MobileProps {
  attempt: Attempt;
  problem: React.ReactNode;
  send: (number: string) => void;
  back: (() => void) | null;
}

function Mobile({ attempt, problem, send, back }: MobileProps) {
  const { t } = useTranslation("session");
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    send(String(new FormData(event.currentTarget).get("number") ?? "").trim());
  };
  return (
    <>
      <Form.Root className={door.form} onSubmit={submit} onChange={attempt.forget}>
        <Form.Field name="number">
          <Form.Label>{t("mobile")}</Form.Label>
          <Form.TextControl type="tel" required autoFocus autoComplete="tel" inputMode="tel" />
          <Form.HelpMessage>{t("mobile_help")}</Form.HelpMessage>
          <Form.ErrorMessage match="valueMissing">{t("mobile_missing")}</Form.ErrorMessage>
        </Form.Field>
        {problem}
        <Button type="submit" disabled={attempt.running}>
          {t("send_code")}
        </Button>
      </Form.Root>
      {back && (
        <div className={door.ways}>
          <button type="button" className={door.way} onClick={back}>
            {t("other_way")}
          </button>
        </div>
      )}
    </>
  );
}

interface ProofProps {
  enrolment: Enrolment;
  round: number;
  attempt: Attempt;
  verify: (code: string) => Promise<void>;
  problem: React.ReactNode;
  again: (() => void) | null;
  back: () => void;
}

function Proof({ enrolment, round, attempt, verify, problem, again, back }: ProofProps) {
  const { t } = useTranslation("session");
  const left = useCountdown(enrolment.method === "sms" ? enrolment.resend_after : 0, `${round}`);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const code = digitsOf(String(new FormData(event.currentTarget).get("code") ?? ""));
    if (!attempt.running) attempt.run(() => verify(code));
  };
  return (
    <>
      {enrolment.method === "totp" ? (
        <Authenticator enrolment={enrolment} />
      ) : (
        <p className={styles.sent}>{t("enrol_sent", { hint: enrolment.hint })}</p>
      )}
      <Form.Root className={door.form} onSubmit={submit} onChange={attempt.forget}>
        <CodeField label={t(enrolment.method === "totp" ? "enrol_code" : "code")} />
        {problem}
        <Button type="submit" disabled={attempt.running}>
          {attempt.running ? t("checking") : t("continue")}
        </Button>
      </Form.Root>
      <div className={door.ways}>
        {again && (
          <button type="button" className={door.way} disabled={left > 0 || attempt.running} onClick={again}>
            {left > 0 ? t("resend_in", { count: left }) : t("resend")}
          </button>
        )}
        <button type="button" className={door.way} onClick={back}>
          {t(enrolment.method === "sms" ? "other_number" : "other_way")}
        </button>
      </div>
    </>
  );
}

function Authenticator({ enrolment }: { enrolment: Enrolment & { method: "totp" } }) {
  const { t } = useTranslation("session");
  return (
    <div className={styles.authenticator}>
      <p>{t("enrol_scan")}</p>
      <img
        className={styles.qr}
        src={`data:image/svg+xml,${encodeURIComponent(enrolment.qr)}`}
        alt={t("qr")}
        width={200}
        height={200}
      />
      <p className={door.hint}>{t("enrol_secret")}</p>
      <code className={styles.secret}>{inFours(enrolment.secret)}</code>
      <a className={door.way} href={enrolment.uri}>
        {t("open_app")}
      </a>
    </div>
  );
}

/** Easier to copy by hand. */
function inFours(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, "$1 ");
}

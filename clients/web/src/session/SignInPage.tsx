import { useFlow } from "./flow";
import { CodeStep } from "./CodeStep";
import { ConsentStep } from "./ConsentStep";
import { CredentialsStep } from "./CredentialsStep";
import { Door } from "./Door";
import door from "./Door.module.css";
import { ElsewhereStep } from "./ElsewhereStep";
import { EnrolStep } from "./EnrolStep";
import { RecoveryStep } from "./RecoveryStep";
import type { SignedOut } from "./session";
import { useTranslation } from "react-i18next";

interface Props {
  /** What happened to the session before, when there was one. */
  before?: SignedOut | null;
  /** The sign-in of another Matrix client that this is, by the id the server gave it. */
  oidc?: string | null;
}

/** The door: one page a step, from e-mail and password to the product. */
export function SignInPage({ before = null, oidc = null }: Props) {
  const flow = useFlow(oidc);
  const { step } = flow;
  switch (step.step) {
    case "code":
      return <CodeStep step={step} flow={flow} />;
    case "enrol":
      return <EnrolStep step={step} flow={flow} />;
    case "recovery":
      return <RecoveryStep codes={step.codes} flow={flow} />;
    case "elsewhere":
      return <ElsewhereStep step={step} flow={flow} />;
    case "consent":
      return <ConsentStep step={step} flow={flow} />;
    case "leaving":
      return <Leaving to={step.to} />;
    default:
      return <CredentialsStep flow={flow} before={before} oidc={oidc !== null} />;
  }
}

/** Programs on this machine are opened by the browser, which may ask, or wait for a press. */
function Leaving({ to }: { to: string }) {
  const { t } = useTranslation("session");
  return (
    <Door title={t("leaving_title")} lead={t("leaving_lead")} step="leaving">
      <a className={door.way} href={to}>
        {t("leaving_again")}
      </a>
    </Door>
  );
}

/** Another program sent the browser here in a way that nobody can answer. */
export function RefusedPage({ reason }: { reason: string }) {
  const { t } = useTranslation("session");
  const unknown = reason === "invalid_client";
  return <Door title={t("refused_title")} lead={t(unknown ? "refused_client" : "refused_request")} />;
}

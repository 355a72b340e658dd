import { useEffect, useState } from "react";
import {
  accounts,
  type CodeStep,
  type ConsentStep,
  type ElsewhereStep,
  type EnrolStep,
  type SignInAnswer,
} from "../api/accounts";
import { ApiError } from "../api/client";
import { waiting } from "./goOn";
import { begin } from "./session";

export type Step =
  | { step: "credentials" }
  | CodeStep
  | EnrolStep
  | { step: "recovery"; codes: string[] }
  | ElsewhereStep
  | ConsentStep
  /** The browser is on its way to the other Matrix client. */
  | { step: "leaving"; to: string };

/** What a refusal is called after which the password is asked for again: the server has forgotten the sign-in. */
const OVER = new Set(["sign_in_over", "wrong_step", "oidc_request_unknown"]);

export interface Flow {
  step: Step;
  running: boolean;
  error: unknown;
  /** Asks the server for the next step; what it refuses is shown in this one. */
  run: (ask: () => Promise<SignInAnswer | Step>) => void;
  signIn: (email: string, password: string) => void;
  show: (step: Step) => void;
  forget: () => void;
}

const CREDENTIALS: Step = { step: "credentials" };

interface State {
  step: Step;
  running: boolean;
  error: unknown;
}

/** The steps of a sign-in, one after the other. `oidc` names the sign-in of another Matrix client that this is. */
export function useFlow(oidc: string | null): Flow {
  const [state, setState] = useState<State>(() => ({
    step: waiting.get() ?? CREDENTIALS,
    running: false,
    error: null,
  }));
  useEffect(() => waiting.set(null), []);
  const run: Flow["run"] = (ask) => {
    setState((now) => ({ ...now, running: true, error: null }));
    ask().then(
      (answer) => setState({ step: take(answer) ?? CREDENTIALS, running: false, error: null }),
      (error: unknown) =>
        setState((now) => ({ step: isOver(error) ? CREDENTIALS : now.step, running: false, error })),
    );
  };
  return {
    ...state,
    run,
    signIn: (email, password) => run(() => accounts.signIn(email.trim(), password, oidc)),
    show: (step) => setState({ step, running: false, error: null }),
    forget: () => setState((now) => (now.error === null ? now : { ...now, error: null })),
  };
}

function isOver(error: unknown): boolean {
  return error instanceof ApiError && OVER.has(error.code);
}

/** The step that an answer leads to; a finished sign-in begins the session, after which this page is gone. */
function take(answer: SignInAnswer | Step): Step | null {
  if ("step" in answer) return answer;
  if ("redirect" in answer) {
    window.location.assign(answer.redirect);
    return { step: "leaving", to: answer.redirect };
  }
  begin(answer);
  return null;
}

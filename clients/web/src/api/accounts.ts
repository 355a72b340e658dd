import type { Language } from "../i18n/i18n";
import { request, whenLeft } from "./client";
import type { MatrixLogin, Person } from "./types";

/** A second factor: an authenticator app (RFC 6238) or a code by text message. */
export type Method = "totp" | "sms";

/** Signed in: the browser has its cookie, and this is its Matrix device. */
export interface Complete {
  person: Person;
  matrix: MatrixLogin;
}

/** The sign-in was another Matrix client's: the browser goes back to it. */
export interface Redirect {
  redirect: string;
}

/** The second factor is asked for. `hint` is the end of the mobile number; `sent`: a text message is on its way. */
export interface CodeStep {
  step: "code";
  method: Method;
  methods: Method[];
  hint: string;
  sent: boolean;
  /** Seconds until another text message may be asked for. */
  resend_after: number;
}

/** There is no second factor yet, and one must be chosen. */
export interface EnrolStep {
  step: "enrol";
  methods: Method[];
}

/** The one session of this layout is in another browser; `since` in ms. */
export interface ElsewhereStep {
  step: "elsewhere";
  other: { browser: string; since: number; layout: "desktop" | "phone" };
}

/** Another Matrix client asks to be connected with the account. */
export interface ConsentStep {
  step: "consent";
  consent: {
    client: string;
    /** Where it says that it is from. */
    host: string;
    device_id: string;
    /** The host that hears of the answer; empty for a program on this machine. */
    back_to: string;
    email: string;
  };
}

export type SignInAnswer = Complete | Redirect | CodeStep | EnrolStep | ElsewhereStep | ConsentStep;

/** A second factor that waits for its first code. `qr` is an SVG document. */
export type Enrolment =
  | { method: "totp"; secret: string; uri: string; qr: string }
  | { method: "sms"; hint: string; resend_after: number };

export interface RecoveryCodes {
  recovery_codes: string[];
}

/** What a link of a mail is good for. */
export interface Link {
  email: string;
  name: string;
  organisation: string;
}

export interface Factor {
  method: Method;
  /** The end of a mobile number; empty for an authenticator. */
  hint: string;
  created_at: number;
}

/** One signed-in browser (`layout`) or other Matrix client (null); times in ms. */
export interface AccountSession {
  id: string;
  browser: string;
  address: string;
  layout: "desktop" | "phone" | null;
  created_at: number;
  current: boolean;
}

export interface Account {
  person: Person;
  language: Language;
  factors: Factor[];
  /** What can be added here. */
  factors_available: Method[];
  /** Whether a password alone is not enough here: then the last factor cannot be removed. */
  factor_required: boolean;
  recovery_codes_left: number;
}

/** A mail or text message of the demo; `at` in ms. */
export interface OutboxMessage {
  id: number;
  at: number;
  kind: "mail" | "sms";
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** The layout decides which of a person's two devices a sign-in is. */
const layout = (): "desktop" | "phone" =>
  window.matchMedia("(max-width: 699px)").matches ? "phone" : "desktop";

export const accounts = {
  signIn: async (email: string, password: string, oidc: string | null = null): Promise<SignInAnswer> => {
    await whenLeft();
    return request<SignInAnswer>("POST", "/session", {
      body: { email, password, layout: layout(), ...(oidc === null ? {} : { oidc }) },
    });
  },
  code: (code: string, method: Method | "recovery", trust: boolean) =>
    request<SignInAnswer>("POST", "/session/code", { body: { code, method, trust } }),
  sendCode: () => request<CodeStep>("POST", "/session/code/send"),
  enrol: (method: Method, number: string | null) =>
    request<Enrolment>("POST", "/session/enrol", { body: number === null ? { method } : { method, number } }),
  verifyEnrolment: (code: string) =>
    request<RecoveryCodes>("POST", "/session/enrol/verify", { body: { code } }),
  finishEnrolment: () => request<SignInAnswer>("POST", "/session/enrol/finish", { body: {} }),
  confirm: () => request<SignInAnswer>("POST", "/session/confirm"),
  consent: (agrees: boolean) => request<SignInAnswer>("POST", "/session/consent", { body: { agrees } }),

  // Tokens travel in bodies: addresses are logged.
  invitation: (token: string) => request<Link>("POST", "/invitations/look", { body: { token } }),
  acceptInvitation: (token: string, password: string, language: Language) =>
    request<void>("POST", "/invitations/accept", { body: { token, password, language } }),
  forgotten: (email: string) => request<void>("POST", "/password/forgotten", { body: { email } }),
  reset: (token: string) => request<Link>("POST", "/password/look", { body: { token } }),
  setPassword: (token: string, password: string) =>
    request<void>("POST", "/password/reset", { body: { token, password } }),

  account: () => request<Account>("GET", "/account"),
  speak: (language: Language) => request<void>("PUT", "/account/language", { body: { language } }),
  setPhoto: (photo: Blob) => request<unknown>("PUT", "/account/photo", { body: photo }),
  removePhoto: () => request<void>("DELETE", "/account/photo"),
  changePassword: (current: string, password: string) =>
    request<void>("PUT", "/account/password", { body: { current, password } }),
  /** For ten minutes this session may do what else is refused with "password_again". */
  prove: (password: string) => request<void>("PUT", "/account/proof", { body: { password } }),
  addFactor: (password: string, method: Method, number: string | null) =>
    request<Enrolment>("POST", "/account/factors", {
      body: number === null ? { password, method } : { password, method, number },
    }),
  verifyFactor: (code: string) =>
    request<RecoveryCodes>("POST", "/account/factors/verify", { body: { code } }),
  removeFactor: (password: string, method: Method) =>
    request<void>("POST", "/account/factors/remove", { body: { password, method } }),
  newRecoveryCodes: (password: string) =>
    request<RecoveryCodes>("POST", "/account/recovery-codes", { body: { password } }),
  sessions: () => request<{ sessions: AccountSession[] }>("GET", "/account/sessions"),
  endSession: (id: string) => request<void>("DELETE", `/account/sessions/${encodeURIComponent(id)}`),
  distrust: () => request<void>("DELETE", "/account/trusted-browsers"),

  outbox: () => request<{ messages: OutboxMessage[] }>("GET", "/demo/outbox"),
};

import { request } from "./client";
import type { Opening } from "./hours";

/** What happens with a call to me, in the order in which the house looks at it. */
export const SITUATIONS = ["always", "outside_hours", "busy", "no_answer", "unreachable"] as const;
export type Situation = (typeof SITUATIONS)[number];

/** To whom calls are forwarded. A colleague's number is what colleagues see of them, "" for none. */
export type ForwardTarget =
  | { kind: "colleague"; user_id: string; name: string; number: string }
  /** `shown`: as people write it; `name`: of my phonebook. */
  | { kind: "number"; number: string; shown: string; name: string | null }
  /** My own mailbox. */
  | { kind: "voicemail" }
  /** Nothing rings: outside my hours alone. */
  | { kind: "nobody" };

/** A rule that is off keeps its target. */
export interface ForwardRule {
  on: boolean;
  target: ForwardTarget | null;
}

/** A rule that is on and does not do what it says; of a loop, the people that a call goes through. */
export interface ForwardTrouble {
  situation: Situation;
  why:
    | "loop"
    | "too_long"
    | "unknown_person"
    | "mailbox_off"
    | "country_not_allowed"
    | "premium_number"
    | "class_of_service"
    | "no_trunk";
  through?: readonly string[];
}

/** What my plans say at this moment, and until when (ms since the epoch; null: for longer than a year). */
export interface PlansNow {
  outside_hours: boolean;
  quiet: boolean;
  /** One goes on, during which nothing is to ring. */
  appointment: boolean;
  until: number | null;
}

/** Times of the week at which nobody is to disturb. */
export interface Quiet {
  on: boolean;
  times: readonly Opening[];
}

/** On these days (Monday is 0) from one time to another ("22:00"), which may be of the next day. */
export interface MobileHours {
  timezone: string;
  days: readonly number[];
  opens: string;
  closes: string;
}

/** A number outside that is one of my devices. */
export interface Mobile {
  number: string;
  /** As people write it; `name`: of my phonebook. */
  shown: string;
  name: string | null;
  on: boolean;
  /** Seconds for which the other devices ring alone. */
  delay: number;
  /** Null: at any time. */
  hours: MobileHours | null;
  /** Why it does not ring though it is on. */
  trouble: ForwardTrouble["why"] | null;
}

export type MobileChange = Partial<Pick<Mobile, "on" | "delay" | "hours">>;

/** What the house does with my calls. Times are in seconds. */
export interface Services {
  always: ForwardRule;
  /** Of the hours below. */
  outside_hours: ForwardRule;
  busy: ForwardRule;
  no_answer: ForwardRule & { after: number };
  unreachable: ForwardRule;
  do_not_disturb: boolean;
  /** When it ends by itself, ms since the epoch. */
  do_not_disturb_until: number | null;
  /** My week; hours are of `timezone`. */
  hours: readonly Opening[];
  quiet: Quiet;
  now: PlansNow;
  timezone: string;
  /** Which of my devices ring; `clients` are browsers and apps. */
  rings: { desk_phone: boolean; clients: boolean };
  mobiles: readonly Mobile[];
  /** The most that `after` may be. */
  after_most: number;
  troubles: readonly ForwardTrouble[];
}

/** What is changed of a rule; what is left out stays. */
export interface RuleChange {
  on: boolean;
  target?: ForwardTarget;
  after?: number;
}

export type ServicesChange = Partial<Record<Situation, RuleChange>> &
  Partial<Pick<Services, "do_not_disturb" | "rings" | "hours">> & {
    /** Switches do-not-disturb on, until then. */
    do_not_disturb_until?: number;
    quiet?: Partial<Quiet>;
  };

/** A device that was to ring for a try. */
export interface RungDevice {
  kind: "matrix" | "desk_phone" | "mobile";
  /** Of a desk phone its extension, of a phone outside its number. */
  number: string;
  state: "waits" | "calls" | "rings" | "asks" | "answered" | "ended";
}

/** Which of my devices ring for a try; `over`: none does any more. */
export interface RingMe {
  call_id: string;
  devices: readonly RungDevice[];
  over: boolean;
}

export const servicesApi = {
  ringMe: () => request<RingMe>("POST", "/services/ring-me"),
  rung: (id: string) => request<RingMe>("GET", `/services/ring-me/${encodeURIComponent(id)}`),
  get: () => request<Services>("GET", "/services"),
  change: (change: ServicesChange) => request<Services>("PATCH", "/services", { body: bodyOf(change) }),
  addMobile: (number: string) => request<Services>("POST", "/services/mobiles", { body: { number } }),
  changeMobile: (number: string, change: MobileChange) =>
    request<Services>("PATCH", `/services/mobiles/${encodeURIComponent(number)}`, { body: change }),
  removeMobile: (number: string) =>
    request<Services>("DELETE", `/services/mobiles/${encodeURIComponent(number)}`),
};

/** What identifies a target is enough: names and spellings are the house's to say. */
function bodyOf(change: ServicesChange): unknown {
  const body: Record<string, unknown> = { ...change };
  for (const situation of SITUATIONS) {
    const rule = change[situation];
    if (rule?.target) body[situation] = { ...rule, target: identityOf(rule.target) };
  }
  return body;
}

function identityOf(target: ForwardTarget) {
  if (target.kind === "voicemail" || target.kind === "nobody") return target;
  return target.kind === "colleague"
    ? { kind: target.kind, user_id: target.user_id }
    : { kind: target.kind, number: target.number };
}

import type { CallBacks } from "./callBacks";
import type { BlockedCallers } from "./blocked";
import type { LiveCall, RingingCall } from "./calls";
import type { Entry } from "./phonebooks";
import type { Mailbox } from "./voicemail";
import type { Services, Situation } from "./services";

/** Shapes of the people-facing API, `/api/v1`. Times are milliseconds since the epoch. */

/** How somebody is by all that the house knows; the server has the table of what goes before what. */
export type PersonState =
  | "on_the_phone"
  | "held"
  | "ringing"
  | "do_not_disturb"
  | "in_a_meeting"
  | "busy"
  | "away"
  | "available"
  | "offline";

/** `until` ends the text, in milliseconds since the epoch; null: it stays. */
export interface OwnPresenceChoice {
  state: "available" | "away" | "busy" | "offline";
  status_text: string;
  until: number | null;
}

export interface Person {
  user_id: string;
  name: string;
  email: string;
  extensions: string[];
  numbers: string[];
  role: string;
  on_the_phone: boolean;
  desk_phone: boolean;
  state: PersonState;
  department?: string;
  /** Where their photo is served. */
  photo?: string | null;
}

export interface MatrixLogin {
  user_id: string;
  device_id: string;
  access_token: string;
  /** Empty when the homeserver answers at this page's own origin. */
  homeserver_url: string;
}

export interface DemoLogin {
  email: string;
  password: string;
  name: string;
  extension: string;
}

export interface PublicConfig {
  organisation: string;
  domain: string;
  region: string;
  demo: null | { logins: DemoLogin[]; outside_number: string };
  languages: string[];
}

export type SearchResult = Entry | { kind: "number"; number: string; display: string };

export interface DialTarget {
  kind: "person" | "external";
  user_id: string;
  room_id: string;
  display: string;
  number: string;
}

export type CallOutcome =
  | "answered"
  | "missed"
  | "rejected"
  | "busy"
  | "cancelled"
  | "unreachable"
  | "failed"
  | "interrupted"
  | "in_progress";

/** Something wrong with a call's sound; `mine`: mine does not arrive well. `until` is null while it goes on. */
export interface SoundTrouble {
  fault: "nothing" | "silent" | "lossy";
  why: "blocked" | "elsewhere" | "not_connected" | "stopped" | "muted" | "network" | "far_network";
  mine: boolean;
  since: number;
  until: number | null;
}

/** How one side of a call was heard: MOS 1 to 4.5 (ITU-T G.107), `loss` a share of 1, `worst_at` in ms. */
export interface Heard {
  mos_mean: number;
  mos_min: number;
  worst_at: number;
  samples: number;
  loss: number;
  jitter_ms: number;
  codec: string | null;
}

/** Something wrong with the sound that comes from a side. */
export interface SideTrouble extends Omit<SoundTrouble, "mine"> {
  side: "caller" | "callee";
}

/** What this side says of a call that is over: how the other was heard; in `troubles`, "caller" is this side. */
export interface HeardSummary {
  heard: Heard;
  troubles: SideTrouble[];
}

/** A call was on hold: by my own hand or by the other side's. `until` is null while it is. */
export interface Wait {
  by: "me" | "peer";
  since: number;
  until: number | null;
}

interface Party {
  user_id: string | null;
  name: string;
  number: string | null;
}

/** A rule of `by` sent a call on; an outside network may have done so, too. */
export interface Forward {
  by: Party;
  to: Party;
  why: Situation | "do_not_disturb" | "deflected" | "unknown";
}

export interface CallRecord {
  id: string;
  direction: "outbound" | "inbound";
  peer: { user_id: string | null; name: string; number: string | null };
  video: boolean;
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  outcome: CallOutcome;
  answered_on:
    | "matrix"
    | "desk_phone"
    | "outside"
    | "meeting"
    | "voicemail"
    | "voicemail_of"
    | "announcement"
    | "mobile"
    | "queue"
    | "attendant"
    | null;
  room_id: string | null;
  audio: { sent: boolean | null; received: boolean | null };
  troubles?: SoundTrouble[];
  waits?: Wait[];
  /** With whom I, or the other one, talked on since it ended. */
  transferred_to?: Party | null;
  /** For whom it rang, where the callee picked it up. */
  picked_up_from?: Party | null;
  /** Who picked it up when it rang for me. */
  picked_up_by?: Party | null;
  /** Whose rules sent it on, and to whom, in order. */
  forwarded?: readonly Forward[];
  /** To whom my own rule sent it on. */
  forwarded_to?: Party | null;
  /** The ring group that it was for: as one of whose members I have it, or which I called. */
  group?: Party | null;
  /** In whose name it was made; and who made it in mine. */
  on_behalf_of?: Party | null;
  made_by?: Party | null;
  /** I have blocked who called. */
  blocked?: boolean;
  /** Something of it was recorded; and the ids of what I may hear of that. */
  recorded?: boolean;
  recordings?: readonly string[];
  /** The call with which the conversation began that this one is a part of; null: with this one. */
  conversation?: string | null;
}

export interface CallPage {
  calls: CallRecord[];
  next: number | null;
}

/** A page of my own log; `missed`: missed calls that I have not seen, 100 at most. */
export interface LogPage extends CallPage {
  missed: number;
}

/** Which calls of my log: `since` is the first millisecond, `until` the first one after; `q` is words or a number. */
export interface LogAsked {
  kind?: "made" | "received" | "missed";
  where?: "inside" | "outside";
  since?: number;
  until?: number;
  q?: string;
}

export interface TelephonyState {
  ready: boolean;
  desk_phones: string[];
  /** What I dial at my desk phone about calls in progress. */
  codes: StarCode[];
}

/**
 * `dial`: of "fetch" the places of parked calls, from the first to the last ("700-719"); of "pick_up" what goes before
 * the extension; of what sets a forward, what goes before the number, after which "#" comes.
 */
export interface StarCode {
  does:
    | "park"
    | "fetch"
    | "pick_up"
    | "pick_up_group"
    | "move"
    | "merge"
    | "record"
    | "voicemail"
    | `forward_${Exclude<Situation, "outside_hours">}${"" | "_off"}`
    | "forward_off"
    | "call_for"
    | `do_not_disturb${"" | "_off"}`;
  dial: string;
}

/** What `GET /events` sends, by event name. */
export interface ServerEvents {
  people: { people: Pick<Person, "user_id" | "on_the_phone" | "desk_phone" | "state">[] };
  /** What I said of myself, on whichever device. */
  own_presence: OwnPresenceChoice;
  calls: { call: CallRecord };
  /** The colleagues whom I wait for, all of them each time. */
  call_backs: CallBacks;
  /** Whom I have blocked, the whole list each time. */
  blocked: BlockedCallers;
  /** How many missed calls I have not seen. */
  calls_missed: { missed: number };
  telephony: { ready: boolean };
  /** All of mine, each time. */
  live_calls: { calls: LiveCall[] };
  /** All that rings for one colleague near me, each time. */
  ringing_near: { user_id: string; calls: RingingCall[] };
  /** Nobody took a call that I gave on after it rang there: it has stayed with me. */
  transfer_failed: { call_id: string; to: CallRecord["peer"]; outcome: CallOutcome };
  /** My mailbox, the whole of it each time. */
  voicemail: Mailbox;
  /** Something of my calls was recorded, or deleted: it must be asked for again. */
  recordings: { changed: boolean };
  /** What the house does with my calls, whoever has changed it: this page, another one, or a desk phone. */
  services: Services;
  /** A group that I am in was changed, or I am in it or not: they must be asked for again. */
  groups: { changed: boolean };
  queues: { changed: boolean };
  /** Somebody has named me as a delegate, or I have: they must be asked for again. */
  delegates: { changed: boolean };
  calendars: { changed: true };
  /** Something of a meeting changed: it must be asked for again. */
  meetings: {
    meeting_id: string;
    room_id: string;
    change: "visitors" | "links" | "meeting" | "live" | "breakouts" | "recording";
  };
  /** The last event of a session: why it ended, and the browser in which the person went on. */
  "signed-out": { reason: string; browser?: string };
}

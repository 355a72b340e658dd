import type { Entry } from "./phonebooks";

/** Shapes of the people-facing API, `/api/v1`. Times are milliseconds since the epoch. */

export interface Person {
  user_id: string;
  name: string;
  email: string;
  extensions: string[];
  numbers: string[];
  role: string;
  on_the_phone: boolean;
  desk_phone: boolean;
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

export interface CallRecord {
  id: string;
  direction: "outbound" | "inbound";
  peer: { user_id: string | null; name: string; number: string | null };
  video: boolean;
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  outcome: CallOutcome;
  answered_on: "matrix" | "desk_phone" | "outside" | "meeting" | null;
  room_id: string | null;
  audio: { sent: boolean | null; received: boolean | null };
}

export interface CallPage {
  calls: CallRecord[];
  next: number | null;
}

export interface TelephonyState {
  ready: boolean;
  desk_phones: string[];
}

/** What `GET /events` sends, by event name. */
export interface ServerEvents {
  people: { user_id: string; on_the_phone: boolean; desk_phone: boolean };
  calls: { call: CallRecord };
  telephony: { ready: boolean };
  /** Something of a meeting changed: it must be asked for again. */
  meetings: {
    meeting_id: string;
    room_id: string;
    change: "visitors" | "links" | "meeting" | "live" | "breakouts";
  };
  /** The last event of a session: why it ended, and the browser in which the person went on. */
  "signed-out": { reason: string; browser?: string };
}

import { request } from "./client";

/** How a group's members ring: together, or one after the other in one of three orders. */
export const STRATEGIES = ["all", "in_order", "longest_idle", "round_robin"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Where a group's calls go when nobody takes them. */
export type Otherwise =
  | { kind: "colleague" | "voicemail"; user_id: string }
  | { kind: "number"; number: string }
  | { kind: "group"; group_id: string }
  | { kind: "attendant"; attendant_id: string };

/** `here`: the group's calls ring for them now. */
export interface GroupMember {
  user_id: string;
  name: string;
  extension: string;
  here: boolean;
}

/** How callers wait; `most` of them, `longest` seconds. Times are in seconds, `announce` 0 tells no place. */
export interface QueueTerms {
  wrap_up: number;
  most: number;
  longest: number;
  announce: number;
  answered_within: number;
  welcome: boolean;
  /** The key by which callers ask to be called back; "": none. */
  call_back: string;
  /** Its calls may be listened to, by the supervisors alone. */
  listening: boolean;
  /** Callers are told so when they are greeted. */
  listening_told: boolean;
  /** User ids. */
  supervisors: readonly string[];
}

/** A ring group; `seconds` is how long a turn rings, `skip_busy` leaves out who is in a call. */
export interface RingGroup {
  id: string;
  name: string;
  extension: string;
  numbers: { number: string; display: string }[];
  strategy: Strategy;
  seconds: number;
  skip_busy: boolean;
  members: GroupMember[];
  otherwise: Otherwise | null;
  /** Null for nowhere, and for who is gone. */
  otherwise_name: string | null;
  /** Null: it is no queue. */
  waiting: QueueTerms | null;
  /** Those of a queue, with their names. */
  supervisors: readonly { user_id: string; name: string }[];
}

/** The whole of a group, as it is written. */
export interface GroupBody {
  name: string;
  extension: string;
  numbers: string[];
  strategy: Strategy;
  seconds: number;
  skip_busy: boolean;
  members: { user_id: string; here: boolean }[];
  otherwise: Otherwise | null;
  waiting: QueueTerms | null;
}

/** A group that I am in. */
export interface MyGroup {
  id: string;
  name: string;
  extension: string;
  here: boolean;
}

const one = (id: string): string => `/groups/${encodeURIComponent(id)}`;

export const groupsApi = {
  list: () => request<{ groups: RingGroup[] }>("GET", "/groups"),
  add: (body: GroupBody) => request<{ group: RingGroup }>("POST", "/groups", { body }),
  replace: (id: string, body: GroupBody) => request<{ group: RingGroup }>("PUT", one(id), { body }),
  remove: (id: string) => request<void>("DELETE", one(id)),
  mine: () => request<{ groups: MyGroup[] }>("GET", "/groups/mine"),
  beHere: (id: string, here: boolean) => request<MyGroup>("PUT", `${one(id)}/here`, { body: { here } }),
};

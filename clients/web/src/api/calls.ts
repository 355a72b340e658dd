import { request } from "./client";
import type { ListenMode } from "./queues";

/**
 * A call in progress as one of its people sees it, on whichever device. `call_id` is its record's; `matrix_call_id`
 * and `room_id` name it in Matrix clients, null where it is on none. `on` is where the person has it, null while it
 * rings for them; `since` is when it was answered, or began, in ms since the epoch.
 */
export interface LiveCall {
  call_id: string;
  direction: "outbound" | "inbound";
  peer: { user_id: string | null; name: string; number: string | null };
  state: "ringing" | "talking" | "held" | "parked";
  since: number;
  on: "matrix" | "desk_phone" | "mobile" | null;
  room_id: string | null;
  matrix_call_id: string | null;
  held_by: "me" | "peer" | "both" | null;
  /** Where it is parked. */
  slot: string | null;
  /** All others of a call of several, and of one to which somebody is being added; none in a call of two. */
  members: readonly Member[];
  /** Whose rule sent it on to me. */
  forwarded_by?: LiveCall["peer"] | null;
  /** The ring group for whose calls it rings, or was taken. */
  group?: LiveCall["peer"] | null;
  /** For whom it rings, or was taken: I am their delegate, or picked it up; or in whose name I call. */
  on_behalf_of?: LiveCall["peer"] | null;
  /** In whose name the other one calls. */
  peer_for?: LiveCall["peer"] | null;
  /** The house calls back, because the other one is free now. */
  call_back?: boolean;
  /** It is being recorded, or was until the disk was full. */
  recording?: LiveRecording | null;
  /** What the call of several goes on as; I am in it as by telephone until I go over. */
  meeting?: CallMeeting | null;
  /** Supervisors of the queue who hear it; only whose agent's call it is learns of them. */
  listeners?: readonly { party: LiveCall["peer"]; mode: ListenMode }[];
  /** By this call I hear an agent's. */
  listens?: {
    call_id: string;
    queue_id: string;
    agent: LiveCall["peer"];
    mode: ListenMode;
    here: boolean;
  } | null;
}

/** A meeting that was made of a call, and by whom. */
export interface CallMeeting {
  id: string;
  room_id: string;
  title: string;
  by: LiveCall["peer"];
}

/** `by_rule`: it cannot be ended, only paused. */
export interface LiveRecording {
  state: "announced" | "runs" | "paused" | "failed";
  since: number;
  by_rule: boolean;
}

/** Somebody else in a call of several, or who is being called into it. Who is outside has a number and no name. */
export interface Member {
  party: LiveCall["peer"];
  state: "calling" | "talking" | "held";
}

/** A call that rings for a colleague near me (a group, a department), and that I may take. */
export interface RingingCall {
  call_id: string;
  callee: { user_id: string | null; name: string; number: string | null };
  /** Who calls; somebody outside by the number alone. */
  peer: { user_id: string | null; name: string; number: string | null };
  since: number;
}

/** My calls, and those near me that ring. */
export interface LiveCalls {
  calls: LiveCall[];
  ringing_near: RingingCall[];
}

/** What can be done with a call in progress; `to` is a number, an extension or a Matrix user id. */
export type CallCommand =
  | { action: "hold" | "resume" | "hang_up" }
  | { action: "transfer"; to: string }
  /** Attended: joins the other sides of the two calls. */
  | { action: "transfer"; consult: string }
  | { action: "park"; slot?: string }
  /** "here" is the browser that asks; else "desk_phone". */
  | { action: "move"; to: "here" | "desk_phone" | "mobile" }
  /** Calls somebody into the call, which becomes one of several when they answer. */
  | { action: "add"; to: string }
  /** Makes one call of several of the two: this one stays, that one ends. */
  | { action: "merge"; with: string }
  /** A call of several goes on as a meeting; nobody hangs up. */
  | { action: "meet" }
  | { action: "record"; what: "start" | "pause" | "resume" | "stop" };

/** `slot`: where the call was parked; `meeting`: what it goes on as. */
export interface CommandDone {
  call_id: string;
  slot: string | null;
  meeting?: CallMeeting | null;
}

export const callControl = {
  live: () => request<LiveCalls>("GET", "/calls/live"),
  command: (callId: string, command: CallCommand) =>
    request<CommandDone>("POST", `/calls/${encodeURIComponent(callId)}/commands`, { body: command }),
  /** Whether who calls can be sent a text message. */
  replyWays: (callId: string) =>
    request<{ text: boolean }>("GET", `/calls/${encodeURIComponent(callId)}/reply`),
  replyByText: (callId: string, text: string) =>
    request<void>("POST", `/calls/${encodeURIComponent(callId)}/reply`, { body: { text } }),
  /** Takes a call that is parked, or rings for somebody else; "here" is the browser that asks. */
  pickUp: (what: ({ slot: string } | { extension: string } | { call_id: string }) & { to?: "here" }) =>
    request<CommandDone>("POST", "/calls/pick-up", { body: what }),
};

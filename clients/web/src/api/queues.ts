import { request } from "./client";

export type AgentState =
  | "off"
  | "ready"
  | "ringing"
  | "talking"
  | "pausing"
  | "leaving"
  | "wrapping_up"
  | "paused";

/** A member of a queue; `since`, `until` in ms since 1970. `reason` of a break; "away": calls were not taken. */
export interface Agent {
  user_id: string;
  name: string;
  here: boolean;
  state: AgentState;
  since: number;
  reason: string;
  until: number | null;
  /** I may listen to the call that they have now. */
  may_be_heard: boolean;
}

/** How I take part in an agent's call: nobody hears me, the agent alone does, or both do. */
export const LISTEN_MODES = ["listen", "whisper", "join"] as const;
export type ListenMode = (typeof LISTEN_MODES)[number];

/** Somebody outside has no number where it is withheld. */
export interface QueueCaller {
  name: string;
  number: string | null;
}

/** A day; times in seconds, `service_level` is a share of 1. */
export interface QueueFigures {
  day: string;
  calls: number;
  answered: number;
  in_time: number;
  abandoned: number;
  elsewhere: number;
  mean_wait: number;
  longest_wait: number;
  mean_talk: number;
  called_back: number;
  service_level: number | null;
}

export interface QueueBoard {
  id: string;
  name: string;
  extension: string;
  mine: boolean;
  answered_within: number;
  waiting: { id: string; caller: QueueCaller; since: number; rings: boolean; call_back: boolean }[];
  agents: Agent[];
  today: QueueFigures;
}

/** `me`: what I do as an agent; null: I am none. `now` is the server's clock. */
export interface QueueBoards {
  me: Agent | null;
  queues: QueueBoard[];
  now: number;
}

export type QueueOutcome = "answered" | "abandoned" | "elsewhere" | "closed" | "turned_away" | "unreached";

/** Times in seconds; `outcome` null: it waits. */
export interface QueuedCall {
  id: string;
  caller: QueueCaller;
  arrived_at: number;
  outcome: QueueOutcome | null;
  waited: number | null;
  agent: string | null;
  talked: number | null;
  called_back: boolean;
}

export interface QueueHistory {
  days: QueueFigures[];
  calls: QueuedCall[];
}

export type Duty = "on" | "off" | "break";

const zone = (): string => encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone);
const calls = (id: string): string => `/queues/${encodeURIComponent(id)}/calls`;

export const queuesApi = {
  boards: () => request<QueueBoards>("GET", `/queues?timezone=${zone()}`),
  duty: (duty: Duty, reason = "") => request<Agent>("PUT", "/queues/duty", { body: { duty, reason } }),
  /** My devices ring, and whoever answers hears the agent and their caller. */
  listen: (id: string, agent: string) =>
    request<{ call_id: string }>(
      "POST",
      `/queues/${encodeURIComponent(id)}/agents/${encodeURIComponent(agent)}/listen`,
      { body: {} },
    ),
  listenOtherwise: (callId: string, mode: ListenMode) =>
    request<void>("PUT", `/queues/listenings/${encodeURIComponent(callId)}`, { body: { mode } }),
  history: (id: string) => request<QueueHistory>("GET", `${calls(id)}?timezone=${zone()}`),
  /** Where the calls are as a file. */
  file: (id: string) => `/api/v1${calls(id)}.csv?timezone=${zone()}`,
};

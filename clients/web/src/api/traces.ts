import { request } from "./client";
import type { CallOutcome, Heard, SideTrouble } from "./types";

/** One side of a call: outsiders are told by number alone. */
export interface TracedParty {
  user_id: string | null;
  name: string;
  number: string | null;
}

/** A call of anybody; times in ms. `via` is "matrix", "sip", "trunk:<name>" or "meeting". */
export interface CallOfAnybody {
  id: string;
  via: string;
  dialled: string;
  caller: TracedParty;
  callee: TracedParty;
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  outcome: CallOutcome;
  reason: string | null;
  answered_on: string | null;
  audio: { caller_to_callee: boolean | null; callee_to_caller: boolean | null };
  sound: { caller: Heard | null; callee: Heard | null; troubles: SideTrouble[] };
  traced: boolean;
}

/** By what the calls of the house are counted. */
export const FIGURES_BY = ["day", "line", "person"] as const;
export type FiguresBy = (typeof FIGURES_BY)[number];

/** `key` is a day ("2026-11-30"), a line ("" inside the house) or a user id; `talked` in ms. */
export interface Figures {
  key: string;
  calls: number;
  answered: number;
  unanswered: number;
  failed: number;
  talked: number;
}

export interface CallsOfAll {
  calls: CallOfAnybody[];
  next: number | null;
}

/** `id` is the leg's name in the call, or "unisono". */
export interface Lane {
  id: string;
  kind: "unisono" | "sip" | "matrix";
  address: string;
}

/** One message, from lane to lane; `repeated`: sent once more because no answer came. */
export interface Step {
  at: number;
  source: string;
  target: string;
  label: string;
  sdp: boolean;
  repeated: boolean;
  transport: string | null;
  local: string;
  remote: string;
  text: string;
  cut: boolean;
}

/** What is at its default is left out. */
export interface MediaPath {
  leg: string;
  transport: string;
  joined?: string;
  connected?: boolean;
  codec?: string;
  packets_in?: number;
  packets_out?: number;
  lost?: number;
  dropped?: number;
  jitter_ms?: number;
  heard?: boolean;
}

/** Legs that rang together, for so many seconds; `after`: only when the stage before ended so. */
export interface RungStage {
  timeout: number;
  legs: {
    kind:
      | "matrix"
      | "sip"
      | "trunk"
      | "meeting"
      | "park"
      | "voicemail"
      | "announcement"
      | "queue"
      | "attendant";
    to: string;
    by: string | null;
  }[];
  after: string[];
}

export interface CallTrace {
  call: CallOfAnybody;
  /** Why nothing was to ring. */
  refused: string | null;
  stages: RungStage[];
  media: MediaPath[];
  lanes: Lane[];
  steps: Step[];
  left_out: number;
}

const PAGE = 50;
const one = (id: string): string => `/admin/calls/${encodeURIComponent(id)}`;

export const traces = {
  figures: (by: FiguresBy, since: number, until: number, timezone: string) =>
    request<{ figures: Figures[] }>(
      "GET",
      `/admin/calls/figures?${new URLSearchParams({ by, since: String(since), until: String(until), timezone }).toString()}`,
    ),
  calls: (before: number | null) =>
    request<CallsOfAll>("GET", `/admin/calls?limit=${PAGE}${before === null ? "" : `&before=${before}`}`),
  call: (id: string) => request<CallTrace>("GET", one(id)),
  /** Addresses of files. */
  text: (id: string) => `/api/v1${one(id)}/trace.txt`,
  pcap: (id: string) => `/api/v1${one(id)}/trace.pcap`,
};

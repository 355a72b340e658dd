import { api } from "../api/client";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import type { CallRecord, LogAsked } from "../api/types";
import { isMissed } from "./outcome";
import { missedCalls } from "./missed";
import { merge } from "./records";
import { createStore, type Store } from "../state/store";

export interface LogState {
  status: "loading" | "ready" | "error";
  /** Newest first. */
  calls: readonly CallRecord[];
  /** Where the older ones begin (ms since the epoch), null when there are none. */
  next: number | null;
  loadingMore: boolean;
}

const LOADING: LogState = { status: "loading", calls: [], next: null, loadingMore: false };

/** All calls. */
export const callLog: Store<LogState> = createStore(LOADING);

/** Those that were asked for, beside all of them; null while nothing is asked for. */
export const foundCalls: Store<LogState | null> = createStore<LogState | null>(null);
let asked: LogAsked | null = null;
/** Until when we have said that we have seen what was missed. */
let told = 0;

/** How far from its invitation a call's record may begin, in ms: a telephone's call begins before it rings here. */
const NEAR_MS = 10_000;

/** The record of the call whose invitation came into a room at `ts`; undefined while it is not known. */
export function recordOf(calls: readonly CallRecord[], roomId: string, ts: number): CallRecord | undefined {
  const distance = (call: CallRecord): number => Math.abs(call.started_at - ts);
  const near = calls.filter((call) => call.room_id === roomId && distance(call) <= NEAR_MS);
  return near.toSorted((a, b) => distance(a) - distance(b))[0];
}

/** When the last of the missed calls was over, ms since the epoch; 0 without one. */
export function lastMissed(calls: readonly CallRecord[]): number {
  return Math.max(0, ...calls.filter(isMissed).map((call) => call.ended_at ?? call.started_at));
}

/** Asks for the newest calls; the known older ones stay. */
export async function loadCalls(): Promise<void> {
  try {
    const page = await api.calls();
    const first = callLog.get().status !== "ready";
    publish(merge(callLog.get().calls, page.calls), first ? { next: page.next } : {});
    missedCalls.set(page.missed);
  } catch {
    callLog.update((state) => (state.status === "ready" ? state : { ...state, status: "error" }));
  }
}

/** Asks for the calls that are meant; null: for no others than all. The last question alone is answered. */
export async function findCalls(wanted: LogAsked | null): Promise<void> {
  asked = wanted;
  if (wanted === null) return foundCalls.set(null);
  // What was found before stays in sight until the answer is there.
  foundCalls.update((state) => (state?.status === "ready" ? state : LOADING));
  try {
    const page = await api.calls(wanted);
    if (asked !== wanted) return;
    foundCalls.set({ status: "ready", calls: page.calls, next: page.next, loadingMore: false });
  } catch {
    if (asked === wanted) foundCalls.set({ ...LOADING, status: "error" });
  }
}

/** Asks for the page before the oldest known call: of all, or of those that were asked for. */
export async function loadOlder(): Promise<void> {
  const wanted = asked;
  const known = (): LogState => (wanted === null ? callLog.get() : (foundCalls.get() ?? LOADING));
  const change = (part: Partial<LogState>): void =>
    (wanted === null ? callLog : foundCalls).set({ ...known(), ...part });
  const { next, loadingMore } = known();
  if (next === null || loadingMore) return;
  change({ loadingMore: true });
  try {
    const page = await api.calls({ ...wanted, before: next });
    if (asked !== wanted) return;
    change({ calls: merge(known().calls, page.calls), next: page.next });
  } finally {
    if (asked === wanted) change({ loadingMore: false });
  }
}

/** The person has looked at the log: its badge goes, on all of their devices. */
export async function markSeen(): Promise<void> {
  const until = lastMissed(callLog.get().calls);
  if (missedCalls.get() === 0 || until <= told) return;
  told = until;
  missedCalls.set(0);
  try {
    await api.callsSeen(until);
  } catch {
    told = 0;
    void loadCalls();
  }
}

/** Keeps the log true to the server's events until the answer is called. */
export function followCallLog(): () => void {
  callLog.set(LOADING);
  told = 0;
  const ends = [
    onServerEventsOpen(() => void loadCalls()),
    onServerEvent("calls_missed", ({ missed }) => missedCalls.set(missed)),
    onServerEvent("calls", ({ call }) => {
      publish(merge(callLog.get().calls, [call]), {});
      // Whether it is one of those that were asked for, the server knows.
      if (asked !== null && call.ended_at !== null) void findCalls({ ...asked });
    }),
  ];
  void loadCalls();
  return () => {
    for (const end of ends) end();
  };
}

function publish(calls: readonly CallRecord[], extra: Partial<LogState>): void {
  callLog.update((state) => ({ ...state, status: "ready", calls, ...extra }));
}

import { api } from "../api/client";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import type { CallRecord } from "../api/types";
import { createStore, type Store } from "../state/store";
import { missedCalls } from "../calls/missed";
import { isMissed } from "../calls/outcome";

export interface LogState {
  status: "loading" | "ready" | "error";
  /** Newest first. */
  calls: readonly CallRecord[];
  /** Where the older ones begin (ms since the epoch), null when there are none. */
  next: number | null;
  loadingMore: boolean;
}

const LOADING: LogState = { status: "loading", calls: [], next: null, loadingMore: false };

export const callLog: Store<LogState> = createStore(LOADING);

const SEEN = "unisono.calls.seen";

/** Puts changed and new calls among the known ones, each once, newest first. */
export function merge(known: readonly CallRecord[], changed: readonly CallRecord[]): CallRecord[] {
  const byId = new Map(known.map((call) => [call.id, call]));
  for (const call of changed) byId.set(call.id, call);
  return [...byId.values()].toSorted((a, b) => b.started_at - a.started_at || b.id.localeCompare(a.id));
}

/** How far from its invitation a call's record may begin, in ms: a telephone's call begins before it rings here. */
const NEAR_MS = 10_000;

/** The record of the call whose invitation came into a room at `ts`; undefined while it is not known. */
export function recordOf(calls: readonly CallRecord[], roomId: string, ts: number): CallRecord | undefined {
  const distance = (call: CallRecord): number => Math.abs(call.started_at - ts);
  const near = calls.filter((call) => call.room_id === roomId && distance(call) <= NEAR_MS);
  return near.toSorted((a, b) => distance(a) - distance(b))[0];
}

/** Missed calls that began after the log was last looked at. */
export function countUnseen(calls: readonly CallRecord[], since: number): number {
  return calls.filter((call) => isMissed(call) && call.started_at > since).length;
}

/** Asks for the newest calls; the known older ones stay. */
export async function loadCalls(): Promise<void> {
  try {
    const page = await api.calls();
    const first = callLog.get().status !== "ready";
    publish(merge(callLog.get().calls, page.calls), first ? { next: page.next } : {});
  } catch {
    callLog.update((state) => (state.status === "ready" ? state : { ...state, status: "error" }));
  }
}

/** Asks for the page before the oldest known call. */
export async function loadOlder(): Promise<void> {
  const { next, loadingMore } = callLog.get();
  if (next === null || loadingMore) return;
  callLog.update((state) => ({ ...state, loadingMore: true }));
  try {
    const page = await api.calls(next);
    publish(merge(callLog.get().calls, page.calls), { next: page.next });
  } finally {
    callLog.update((state) => ({ ...state, loadingMore: false }));
  }
}

/** The person has looked at the log: its badge goes. */
export function markSeen(): void {
  const newest = Math.max(seenUntil(), ...callLog.get().calls.map((call) => call.started_at));
  if (Number.isFinite(newest) && newest > seenUntil()) localStorage.setItem(SEEN, String(newest));
  count();
}

/** Keeps the log true to the server's events until the answer is called. */
export function followCallLog(): () => void {
  callLog.set(LOADING);
  const ends = [
    onServerEventsOpen(() => void loadCalls()),
    onServerEvent("calls", ({ call }) => publish(merge(callLog.get().calls, [call]), {})),
  ];
  void loadCalls();
  return () => {
    for (const end of ends) end();
  };
}

function publish(calls: readonly CallRecord[], extra: Partial<LogState>): void {
  callLog.update((state) => ({ ...state, status: "ready", calls, ...extra }));
  count();
}

function count(): void {
  missedCalls.set(countUnseen(callLog.get().calls, seenUntil()));
}

function seenUntil(): number {
  return Number(localStorage.getItem(SEEN) ?? 0);
}

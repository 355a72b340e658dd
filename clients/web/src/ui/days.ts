import type { CallRecord } from "../api/types";

export interface Day {
  /** "2026-11-23", in the reader's own time zone. */
  key: string;
  /** Midnight at its beginning. */
  date: Date;
  calls: CallRecord[];
}

function dayOf(time: number): Date {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

function keyOf(date: Date): string {
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** The calls in groups by day, in their order. */
export function byDay(calls: readonly CallRecord[]): Day[] {
  const days: Day[] = [];
  for (const call of calls) {
    const date = dayOf(call.started_at);
    const key = keyOf(date);
    const last = days.at(-1);
    if (last?.key === key) last.calls.push(call);
    else days.push({ key, date, calls: [call] });
  }
  return days;
}

/** How many days before today a moment lies. */
export function daysAgo(date: Date, now: Date): number {
  const today = dayOf(now.getTime());
  return Math.round((today.getTime() - dayOf(date.getTime()).getTime()) / 86_400_000);
}

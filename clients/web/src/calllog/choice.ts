import { logQuery } from "../api/client";
import type { LogAsked } from "../api/types";

export const KINDS = ["any", "made", "received", "missed"] as const;
export const WHERES = ["any", "inside", "outside"] as const;
export const PERIODS = ["any", "today", "week", "month", "dates"] as const;

/** What a person narrows their log to. `from` and `to` are days ("2026-11-30"), both in it; "" leaves a side open. */
export interface Choice {
  kind: (typeof KINDS)[number];
  where: (typeof WHERES)[number];
  period: (typeof PERIODS)[number];
  from: string;
  to: string;
  words: string;
}

export const EVERYTHING: Choice = { kind: "any", where: "any", period: "any", from: "", to: "", words: "" };

/** How many of the choices narrow the log, beside the words. */
export function narrowing({ kind, where, period }: Choice): number {
  return [kind, where, period].filter((one) => one !== "any").length;
}

/** What to ask the server for, on the reader's own calendar; null for all calls. */
export function askedBy(choice: Choice, now: Date): LogAsked | null {
  const asked: LogAsked = {};
  if (choice.kind !== "any") asked.kind = choice.kind;
  if (choice.where !== "any") asked.where = choice.where;
  const [since, until] = span(choice, now);
  if (since !== undefined) asked.since = since;
  if (until !== undefined) asked.until = until;
  if (choice.words.trim()) asked.q = choice.words.trim().slice(0, 200);
  return Object.keys(asked).length > 0 ? asked : null;
}

/** Where the calls that were asked for are a file, in the reader's language and on their clock. */
export function exportUrl(asked: LogAsked | null, timezone: string): string {
  return `/api/v1/calls/export?${logQuery({ ...asked, timezone })}`;
}

const DAYS_BACK = { today: 0, week: 6, month: 29 } as const;

function span({ period, from, to }: Choice, now: Date): [number | undefined, number | undefined] {
  if (period === "any") return [undefined, undefined];
  if (period === "dates") return [midnight(from, 0), midnight(to, 1)];
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate() - DAYS_BACK[period]);
  return [today.getTime(), undefined];
}

/** Midnight at the beginning of a day, `later` days after it; by the calendar, days may have 23 or 25 hours. */
function midnight(day: string, later: number): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!found) return undefined;
  const [year, month, date] = found.slice(1).map(Number) as [number, number, number];
  return Math.max(0, new Date(year, month - 1, date + later).getTime());
}

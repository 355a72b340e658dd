import type { Entry, Message } from "../../matrix/timeline";

/** What the timeline draws, in order. */
export type Row =
  | { type: "day"; key: string; ts: number }
  | { type: "unread"; key: string }
  | { type: "message"; key: string; message: Message; first: boolean; last: boolean }
  | { type: "notice"; key: string; entry: Exclude<Entry, Message> };

/** Messages of one sender closer than this stand together under one name. */
const TOGETHER_MS = 5 * 60_000;

/**
 * Lays out the entries: a separator where a new local day begins, the mark of what is unread after
 * `unreadAfter`, and for each message whether it is the first or last of its sender's run.
 */
export function layOut(entries: readonly Entry[], unreadAfter: string | null): Row[] {
  const rows: Row[] = [];
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    const after = entries[index + 1];
    const newDay = !before || !sameDay(before.ts, entry.ts);
    const unreadBegins = before !== undefined && before.key === unreadAfter && !isOwn(entry);
    if (newDay) rows.push({ type: "day", key: `day-${dayKey(entry.ts)}-${entry.key}`, ts: entry.ts });
    if (unreadBegins) rows.push({ type: "unread", key: "unread" });
    if (entry.type === "notice") {
      rows.push({ type: "notice", key: entry.key, entry });
      return;
    }
    rows.push({
      type: "message",
      key: entry.key,
      message: entry,
      first: newDay || unreadBegins || !together(before, entry),
      last: !after || !together(entry, after) || entry.key === unreadAfter,
    });
  });
  return rows;
}

function together(a: Entry | undefined, b: Entry): boolean {
  if (a?.type !== "message" || b.type !== "message") return false;
  return a.sender === b.sender && b.ts - a.ts < TOGETHER_MS && sameDay(a.ts, b.ts);
}

function isOwn(entry: Entry): boolean {
  return entry.type === "message" && entry.own;
}

export function sameDay(a: number, b: number): boolean {
  return dayKey(a) === dayKey(b);
}

function dayKey(ts: number): string {
  const date = new Date(ts);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

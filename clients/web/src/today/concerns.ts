import type { CallRecord } from "../api/types";
import type { Meeting } from "../api/meetings";
import { isMissed } from "../calls/outcome";
import { arrange } from "../meetings/list/arrange";

/** Missed calls of one caller that were not looked at yet; the last is shown. */
export interface MissedBy {
  last: CallRecord;
  count: number;
}

/** Callers that are shown; the rest is one press away. */
export const CALLERS_MOST = 3;
/** For so long, in ms, it is told that the PIN of the voicemail was chosen. */
const PIN_TOLD_MS = 7 * 86_400_000;

/** The newest `unseen` missed calls by caller, who called last first. `calls` are the newest first. */
export function missedBy(calls: readonly CallRecord[], unseen: number): MissedBy[] {
  const found = new Map<string, MissedBy>();
  for (const call of calls.filter(isMissed).slice(0, unseen)) {
    // Those who hide their number are not taken for one.
    const caller = call.peer.user_id ?? call.peer.number ?? call.id;
    const known = found.get(caller);
    if (known) known.count += 1;
    else found.set(caller, { last: call, count: 1 });
  }
  return [...found.values()];
}

/** What is on, and what is still to come of today, earliest first. `now` in ms since the epoch. */
export function meetingsToday(meetings: readonly Meeting[], now: number): Meeting[] {
  const { live, days } = arrange(meetings, now);
  const tonight = new Date(now).setHours(24, 0, 0, 0);
  // What goes on from yesterday stands under yesterday.
  const ahead = days.flatMap((day) => (day.date.getTime() < tonight ? day.meetings : []));
  return [...live, ...ahead];
}

/** Whether to tell that a PIN was chosen: not long ago, and later than what was `told` here. */
export function pinIsNews(chosenAt: number | null, told: number, now: number): boolean {
  return chosenAt !== null && chosenAt > told && now - chosenAt < PIN_TOLD_MS;
}

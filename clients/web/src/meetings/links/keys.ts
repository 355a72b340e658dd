import type { Meeting } from "../../api/meetings";
import { endOf } from "../list/arrange";

/** Planned and encrypted, and not over at `now` (ms since the epoch). */
function isAwaited(meeting: Meeting, now: number): boolean {
  return meeting.encrypted && (endOf(meeting) ?? 0) > now;
}

/** Those whose links are of no use without this browser: it keeps their key. `keyed` are the rooms of its keys. */
export function keptHere(list: readonly Meeting[], keyed: ReadonlySet<string>, now: number): Meeting[] {
  return list.filter((meeting) => isAwaited(meeting, now) && keyed.has(meeting.room_id)).toSorted(byTime);
}

/** Those of `me` whose key, if guests have a link, is in another browser. */
export function keptElsewhere(
  list: readonly Meeting[],
  keyed: ReadonlySet<string>,
  me: string,
  now: number,
): Meeting[] {
  return list
    .filter((meeting) => meeting.organiser === me && isAwaited(meeting, now) && !keyed.has(meeting.room_id))
    .toSorted(byTime);
}

const byTime = (a: Meeting, b: Meeting): number => (a.starts_at ?? 0) - (b.starts_at ?? 0);

import type { Meeting } from "../../api/meetings";

const MINUTE_MS = 60_000;
/** How long a meeting without an end of its own is taken to last. */
const USUAL_MINUTES = 60;

export interface MeetingDay {
  /** "2026-11-23", in the reader's own time zone. */
  key: string;
  /** Midnight at its beginning. */
  date: Date;
  meetings: Meeting[];
}

export interface Arranged {
  /** Somebody is in them now. */
  live: Meeting[];
  /** Not over yet, earliest first. */
  days: MeetingDay[];
  /** Over, or never set to a time; the newest first. They can be started again. */
  earlier: Meeting[];
}

/** The meetings as they are read: what is on, what comes, what was. `now` in ms since the epoch. */
export function arrange(meetings: readonly Meeting[], now: number): Arranged {
  const idle = meetings.filter((meeting) => !meeting.live);
  return {
    live: meetings.filter((meeting) => meeting.live).toSorted(newestFirst),
    days: byDay(idle.filter((meeting) => isUpcoming(meeting, now)).toSorted((a, b) => whenOf(a) - whenOf(b))),
    earlier: idle.filter((meeting) => !isUpcoming(meeting, now)).toSorted(newestFirst),
  };
}

/** When it ends, in ms since the epoch; null without a time. */
export function endOf({ starts_at: start, duration_minutes: minutes }: Meeting): number | null {
  return start === null ? null : start + (minutes ?? USUAL_MINUTES) * MINUTE_MS;
}

/** Whether it is time to go in: from a quarter of an hour before until its end. */
export function isNear(meeting: Meeting, now: number): boolean {
  return isUpcoming(meeting, now) && whenOf(meeting) - now <= 15 * MINUTE_MS;
}

/** How many days after today a day lies; below zero for one that was. */
export function daysAhead(date: Date, now: number): number {
  return Math.round((date.getTime() - midnight(now).getTime()) / 86_400_000);
}

function isUpcoming(meeting: Meeting, now: number): boolean {
  const end = endOf(meeting);
  return end !== null && end > now;
}

const whenOf = (meeting: Meeting): number => meeting.starts_at ?? meeting.created_at;
const newestFirst = (a: Meeting, b: Meeting): number => whenOf(b) - whenOf(a) || b.id.localeCompare(a.id);

function byDay(meetings: readonly Meeting[]): MeetingDay[] {
  const days: MeetingDay[] = [];
  for (const meeting of meetings) {
    const date = midnight(whenOf(meeting));
    const key = `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
    const last = days.at(-1);
    if (last?.key === key) last.meetings.push(meeting);
    else days.push({ key, date, meetings: [meeting] });
  }
  return days;
}

function midnight(time: number): Date {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

import type { Opening } from "../api/hours";
import { dateLocale } from "../ui/dates";
import { byTimes } from "./week";

/** The time zone of the reader. */
export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The 1st of January 2024 was a Monday. */
export function dayName(day: number, weekday: "long" | "short" = "long"): string {
  const date = new Date(2024, 0, 1 + day);
  return new Intl.DateTimeFormat(dateLocale(), { weekday }).format(date);
}

/** "Mon – Fri 09:00–13:00, 14:00–18:00", a line for days of the same times. */
export function weekWords(week: readonly Opening[]): string[] {
  return byTimes(week).map(({ days, openings }) => {
    const [first, last] = [days[0] ?? 0, days.at(-1) ?? 0];
    const names =
      first === last ? dayName(first, "short") : `${dayName(first, "short")} – ${dayName(last, "short")}`;
    return `${names} ${openings.map(({ opens, closes }) => `${opens}–${closes}`).join(", ")}`;
  });
}

/** A moment, on the clock of `timezone`: the time alone if it is today there, with the day otherwise. */
export function momentWords(at: number, now: number, timezone: string): string {
  const time: Intl.DateTimeFormatOptions = {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: timezone,
  };
  const days = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: timezone });
  const today = days.format(at) === days.format(now);
  const soon = at - now < 6 * 86_400_000;
  const day: Intl.DateTimeFormatOptions = soon ? { weekday: "long" } : { day: "numeric", month: "long" };
  return new Intl.DateTimeFormat(dateLocale(), today ? time : { ...day, ...time }).format(at);
}

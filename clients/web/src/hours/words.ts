import type { Opening } from "../api/hours";
import { i18n, language } from "../i18n/i18n";
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

/** "from 09:00" and its like: in Italian "1:00" has another article than all other hours. */
export function hourWords(key: "at" | "from" | "until", time: string): string {
  const t = i18n.getFixedT(language(), "hours");
  return /^0?1:/.test(time) ? t(`${key}_one`, { time: time.replace(/^0/, "") }) : t(key, { time });
}

/** The same moment as `momentWords`, as a sentence goes on with it: "at 18:00", "Wednesday at 18:00". */
export function atMoment(at: number, now: number, timezone: string): string {
  const t = i18n.getFixedT(language(), "hours");
  const { day, date, time } = partsOf(at, now, timezone);
  const hour = hourWords("at", time);
  return day === null ? hour : t(date ? `on_date${vowel(day)}` : "on_day", { day, at: hour });
}

/** Until when something holds: "until 18:00", "until Wednesday at 18:00". */
export function untilMoment(at: number, now: number, timezone: string): string {
  const t = i18n.getFixedT(language(), "hours");
  const { day, date, time } = partsOf(at, now, timezone);
  if (day === null) return hourWords("until", time);
  return t(date ? `until_date${vowel(day)}` : "until_day", { day, at: hourWords("at", time) });
}

/** "L’8" and "l’11", as Italian has it. */
const vowel = (date: string): "_vowel" | "" => (/^(8|11) /.test(date) ? "_vowel" : "");

interface Parts {
  /** Null today. */
  day: string | null;
  /** Whether that is a date, and no day of the week. */
  date: boolean;
  time: string;
}

function partsOf(at: number, now: number, timezone: string): Parts {
  const time = momentWords(at, at, timezone);
  const days = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: timezone });
  if (days.format(at) === days.format(now)) return { day: null, date: false, time };
  const date = at - now >= 6 * 86_400_000;
  const format: Intl.DateTimeFormatOptions = date ? { day: "numeric", month: "long" } : { weekday: "long" };
  const day = new Intl.DateTimeFormat(dateLocale(), { ...format, timeZone: timezone }).format(at);
  return { day, date, time };
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

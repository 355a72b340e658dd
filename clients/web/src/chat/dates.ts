import { sameDay } from "./timeline/grouping";

/** Hours and minutes, in the way of the language. */
export function clock(ts: number, language: string): string {
  return format(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ts);
}

/** When, in the room list: the time today, the weekday within a week, else the date. */
export function listTime(ts: number, now: number, language: string): string {
  if (sameDay(ts, now)) return clock(ts, language);
  if (now - ts < 6 * DAY_MS && ts < now) return format(language, { weekday: "short" }).format(ts);
  const sameYear = new Date(ts).getFullYear() === new Date(now).getFullYear();
  const options: Intl.DateTimeFormatOptions = sameYear
    ? { day: "numeric", month: "short" }
    : { day: "2-digit", month: "2-digit", year: "2-digit" };
  return format(language, options).format(ts);
}

/** The day of a separator: "today" and "yesterday" are words of ours, others the language's. */
export function dayName(ts: number, now: number, language: string): "today" | "yesterday" | { date: string } {
  if (sameDay(ts, now)) return "today";
  const midnight = new Date(now);
  midnight.setDate(midnight.getDate() - 1);
  if (sameDay(ts, midnight.getTime())) return "yesterday";
  const sameYear = new Date(ts).getFullYear() === new Date(now).getFullYear();
  const options: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  return { date: format(language, sameYear ? options : { ...options, year: "numeric" }).format(ts) };
}

/** A full date and time, for a tooltip. */
export function fullTime(ts: number, language: string): string {
  return format(language, { dateStyle: "full", timeStyle: "short" }).format(ts);
}

/** Bytes in the unit that people read. */
export function fileSize(bytes: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = Math.min(Math.floor(Math.log10(Math.max(1, bytes)) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  const digits = value < 10 && power > 0 ? 1 : 0;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value);
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  // Our English is British: days before months, 24 hours.
  const made = formats.get(key) ?? new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, options);
  formats.set(key, made);
  return made;
}

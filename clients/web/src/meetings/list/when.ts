const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;

/** What date and time fields of a page hold, in the reader's own time zone. */
export interface LocalTime {
  /** "2026-11-23". */
  date: string;
  /** "09:30". */
  time: string;
}

const two = (value: number): string => String(value).padStart(2, "0");

export function toLocal(time: number): LocalTime {
  const at = new Date(time);
  return {
    date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: `${two(at.getHours())}:${two(at.getMinutes())}`,
  };
}

/** In ms since the epoch; null while a field is empty. A time that the clocks skip is the one after. */
export function fromLocal({ date, time }: LocalTime): number | null {
  const at = new Date(`${date}T${time}`).getTime();
  return Number.isNaN(at) ? null : at;
}

/** The next full or half hour that leaves a quarter of an hour to get ready. */
export function nextStart(now: number): number {
  return Math.ceil((now + 15 * MINUTE_MS) / HALF_HOUR_MS) * HALF_HOUR_MS;
}

/** "10:00–10:30", as people of the locale write it. */
export function timeRange(start: number, end: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).formatRange(start, end);
}

/** "23 November 2026, 10:00–10:30". */
export function dateRange(start: number, end: number, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    hour: "2-digit",
    minute: "2-digit",
  });
  return format.formatRange(start, end);
}

import type { TFunction } from "i18next";
import type { Calendar } from "../api/calendars";
import { atMoment, ownZone, untilMoment } from "../hours/words";

/** Whether the appointment of one is over that was the next one: what comes then has to be asked. */
export const isOver = ({ next }: Calendar, now: number): boolean => next !== null && next.ends_at <= now;

/** The appointment that goes on or comes next, as its owner alone sees it; nothing of one that is over. `now` is in ms
 *  since the epoch. */
export function nextWords(calendar: Calendar, now: number, t: TFunction<"services">): string {
  const { next } = calendar;
  if (!next) return t("calendar_nothing");
  if (isOver(calendar, now)) return "";
  const title = next.title || t("calendar_untitled");
  return next.starts_at <= now
    ? t("calendar_now", { title, until: untilMoment(next.ends_at, now, ownZone()) })
    : t("calendar_next", { title, at: atMoment(next.starts_at, now, ownZone()) });
}

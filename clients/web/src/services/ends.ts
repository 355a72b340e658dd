import { ofDay } from "../hours/week";
import type { Opening } from "../api/hours";

/** An end that is offered for a do-not-disturb; `at` in ms since the epoch, on the clock of this browser. */
export interface End {
  kind: "hour" | "evening" | "tomorrow" | "monday";
  at: number;
}

const HOUR = 3_600_000;
/** When a day begins for who has said nothing else, and when its work ends. */
const MORNING = "09:00";
const EVENING = "18:00";

/** Those that are ahead and differ: in an hour, this evening, tomorrow and on Monday when my hours begin. */
export function endsOffered(now: number, hours: readonly Opening[]): End[] {
  const morning = (days: number): number => {
    const day = new Date(onDay(now, days, "12:00"));
    const opens = ofDay(hours, (day.getDay() + 6) % 7).map((each) => each.opens);
    return onDay(now, days, opens.toSorted()[0] ?? MORNING);
  };
  const toMonday = (8 - new Date(now).getDay()) % 7 || 7;
  const ends: End[] = [
    { kind: "hour", at: now + HOUR },
    { kind: "evening", at: onDay(now, 0, EVENING) },
    { kind: "tomorrow", at: morning(1) },
    { kind: "monday", at: morning(toMonday) },
  ];
  return ends.filter(({ kind, at }) => {
    // Of a Sunday both are the same.
    if (kind === "monday") return toMonday > 1;
    return kind !== "evening" || at > now + HOUR;
  });
}

/** When the clock shows this next, "15:00"; null for no time. */
export function nextAt(now: number, time: string): number | null {
  if (!/^\d\d:\d\d$/.test(time)) return null;
  const today = onDay(now, 0, time);
  return today > now ? today : onDay(now, 1, time);
}

function onDay(now: number, days: number, time: string): number {
  const day = new Date(now);
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hours, minutes).getTime();
}

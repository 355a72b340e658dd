import type { Opening } from "../api/hours";

export const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;
export const WORKING_DAYS = [0, 1, 2, 3, 4] as const;

/** The times of a day put in the place of its others. */
export function withDay(week: readonly Opening[], day: number, openings: readonly Opening[]): Opening[] {
  const others = week.filter((each) => each.day !== day);
  return [...others, ...openings].toSorted((a, b) => a.day - b.day);
}

export function ofDay(week: readonly Opening[], day: number): Opening[] {
  return week.filter((each) => each.day === day);
}

/** Monday's times on the other working days, too. */
export function asMonday(week: readonly Opening[]): Opening[] {
  const monday = ofDay(week, 0);
  return WORKING_DAYS.reduce<Opening[]>(
    (all, day) =>
      withDay(
        all,
        day,
        monday.map((each) => ({ ...each, day })),
      ),
    [...week],
  );
}

/** One more time of a day: the afternoon, or what follows the last. */
export function further(openings: readonly Opening[], day: number): Opening {
  const last = openings.at(-1);
  if (!last) return { day, opens: "09:00", closes: "18:00" };
  return last.closes <= "14:00" && last.closes > last.opens
    ? { day, opens: "14:00", closes: "18:00" }
    : { day, opens: last.closes, closes: "23:00" };
}

/** Days with the same times together, Monday first: "Mon–Fri" and the like are made of them. */
export function byTimes(week: readonly Opening[]): { days: number[]; openings: Opening[] }[] {
  const found: { days: number[]; openings: Opening[] }[] = [];
  const words = (openings: readonly Opening[]): string =>
    openings.map(({ opens, closes }) => `${opens}-${closes}`).join();
  for (const day of DAYS) {
    const openings = ofDay(week, day);
    const last = found.at(-1);
    if (last?.days.at(-1) === day - 1 && words(last.openings) === words(openings)) last.days.push(day);
    else if (openings.length > 0) found.push({ days: [day], openings });
  }
  return found;
}

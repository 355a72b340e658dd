import type { Holiday, HoursBody, HoursException, Opening, OpeningHours } from "../../api/hours";

export const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;
const WORKING_DAYS = [0, 1, 2, 3, 4] as const;

/** A holiday as it stands in the form: `easter` is how many days after Easter it is, then it has no date. */
export interface HolidayDraft {
  /** "2026-12-25", "" while none is chosen. */
  date: string;
  yearly: boolean;
  easter: number | null;
  name: string;
}

/** Opening hours as they stand in the form. */
export interface HoursDraft {
  name: string;
  timezone: string;
  week: readonly Opening[];
  holidays: readonly HolidayDraft[];
  exceptions: readonly HoursException[];
}

/** `timezone` is the reader's, `year` this year. */
export function hoursDraftOf(hours: OpeningHours | null, timezone: string, year: number): HoursDraft {
  if (!hours) {
    const week = WORKING_DAYS.flatMap((day) => [
      { day, opens: "09:00", closes: "13:00" },
      { day, opens: "14:00", closes: "18:00" },
    ]);
    return { name: "", timezone, week, holidays: [], exceptions: [] };
  }
  const holidays = hours.holidays.map((each) => holidayDraftOf(each, year));
  return {
    name: hours.name,
    timezone: hours.timezone,
    week: hours.week,
    holidays,
    exceptions: hours.exceptions,
  };
}

function holidayDraftOf({ date, name }: Holiday, year: number): HolidayDraft {
  if (date.startsWith("easter")) return { date: "", yearly: true, easter: Number(date.slice(6)), name };
  const yearly = date.length === "12-25".length;
  return { date: yearly ? `${shownYear(date, year)}-${date}` : date, yearly, easter: null, name };
}

/** The 29th of February is not a day of every year. */
function shownYear(date: string, year: number): number {
  return date === "02-29" ? year + ((4 - (year % 4)) % 4) : year;
}

/** What is sent; or what is wrong. */
export function hoursBodyOf(draft: HoursDraft): HoursBody | "holiday" | "exception" | "time" {
  if (draft.week.some((each) => !each.opens || !each.closes)) return "time";
  if (draft.holidays.some((each) => each.easter === null && !each.date)) return "holiday";
  if (draft.exceptions.some((each) => !each.begins || !each.ends)) return "exception";
  return {
    name: draft.name.trim(),
    timezone: draft.timezone,
    week: [...draft.week],
    holidays: draft.holidays.map(({ date, yearly, easter, name }) => ({
      date: easter === null ? (yearly ? date.slice(5) : date) : `easter${easter < 0 ? "" : "+"}${easter}`,
      name: name.trim(),
    })),
    exceptions: draft.exceptions.map((each) => ({ ...each, name: each.name.trim() })),
  };
}

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

/** Italy's public holidays, by law; names in Italian, as everybody there calls them. */
const ITALY: readonly [string | number, string][] = [
  ["01-01", "Capodanno"],
  ["01-06", "Epifania"],
  [0, "Pasqua"],
  [1, "Lunedì dell’Angelo"],
  ["04-25", "Festa della Liberazione"],
  ["05-01", "Festa del lavoro"],
  ["06-02", "Festa della Repubblica"],
  ["08-15", "Ferragosto"],
  ["10-04", "San Francesco d’Assisi"],
  ["11-01", "Ognissanti"],
  ["12-08", "Immacolata Concezione"],
  ["12-25", "Natale"],
  ["12-26", "Santo Stefano"],
];

/** Those that are not there yet are added. */
export function withItalian(holidays: readonly HolidayDraft[], year: number): HolidayDraft[] {
  const has = (date: string, easter: number | null): boolean =>
    holidays.some(
      (each) => each.yearly && (easter === null ? each.date.slice(5) === date : each.easter === easter),
    );
  const missing = ITALY.flatMap(([when, name]): HolidayDraft[] => {
    const easter = typeof when === "number" ? when : null;
    const day = typeof when === "string" ? when : "";
    if (has(day, easter)) return [];
    return [{ date: day && `${year}-${day}`, yearly: true, easter, name }];
  });
  return [...holidays, ...missing];
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

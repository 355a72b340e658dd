import type { Holiday, HoursBody, HoursException, Opening, OpeningHours } from "../../api/hours";
import { WORKING_DAYS } from "../../hours/week";

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

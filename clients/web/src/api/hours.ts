import { request } from "./client";

export type HoursState = "open" | "closed" | "holiday";
export const HOURS_STATES: readonly HoursState[] = ["open", "closed", "holiday"];

/** Times are "09:30"; Monday is 0. What closes no later than it opens does so on the next day. */
export interface Opening {
  day: number;
  opens: string;
  closes: string;
}

/** "12-25" every year, "2026-12-24" once, or so many days after Easter: "easter+1". */
export interface Holiday {
  date: string;
  name: string;
}

/** From one moment to another, whatever else holds: "2026-12-24T13:00". */
export interface HoursException {
  begins: string;
  ends: string;
  state: HoursState;
  name: string;
}

export interface HoursBody {
  name: string;
  /** Of the IANA database: all times are of its clock. */
  timezone: string;
  week: Opening[];
  holidays: Holiday[];
  exceptions: HoursException[];
}

/** `now` holds until `changes_at`, in milliseconds since the epoch; null: for a year. */
export interface OpeningHours extends HoursBody {
  id: string;
  now: { state: HoursState; name: string };
  changes_at: number | null;
}

const one = (id: string): string => `/hours/${encodeURIComponent(id)}`;

export const hoursApi = {
  list: () => request<{ hours: OpeningHours[] }>("GET", "/hours"),
  add: (body: HoursBody) => request<{ hours: OpeningHours }>("POST", "/hours", { body }),
  replace: (id: string, body: HoursBody) => request<{ hours: OpeningHours }>("PUT", one(id), { body }),
  remove: (id: string) => request<void>("DELETE", one(id)),
};

import { request } from "./client";

/** The appointment that goes on, or comes next; times in ms since the epoch. */
export interface NextAppointment {
  starts_at: number;
  ends_at: number;
  title: string;
  whole_day: boolean;
}

/** One of my calendars; of its address the host alone is told. */
export interface Calendar {
  id: string;
  kind: "ics" | "caldav";
  name: string;
  host: string;
  read_at: number;
  /** Why it could not be read since: the code of a refusal. */
  problem: string | null;
  next: NextAppointment | null;
}

export interface FoundCalendar {
  url: string;
  name: string;
}

export interface Calendars {
  calendars: Calendar[];
  /** Appointments of a day or more count. */
  whole_days: boolean;
  /** Nothing rings during appointments. */
  silent: boolean;
  busy_until: number | null;
  /** Of an account with several, of which none is added yet. */
  found: FoundCalendar[];
}

export interface NewCalendar {
  address: string;
  user: string;
  password: string;
  chosen: string[];
}

const path = (id: string): string => `/calendars/${encodeURIComponent(id)}`;

export const calendarsApi = {
  list: () => request<Calendars>("GET", "/calendars"),
  add: (wanted: NewCalendar) => request<Calendars>("POST", "/calendars", { body: wanted }),
  change: (change: Partial<Pick<Calendars, "whole_days" | "silent">>) =>
    request<Calendars>("PATCH", "/calendars", { body: change }),
  read: (id: string) => request<Calendars>("POST", `${path(id)}/read`),
  remove: (id: string) => request<Calendars>("DELETE", path(id)),
};

import type { Otherwise } from "./groups";
import type { HoursState } from "./hours";
import { request } from "./client";

/** The keys of a telephone, in its order. */
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
export type MenuKey = (typeof KEYS)[number];

/** `sound` is the id of how it sounds, null: `text` is spoken when it is saved; `own`: it is a recording. */
export interface Prompt {
  text: string;
  sound: string | null;
  own: boolean;
}

export interface Menu {
  kind: "menu";
  prompt: Prompt;
  keys: Partial<Record<MenuKey, Action>>;
  otherwise: Action;
  seconds: number;
  tries: number;
}

/** What a key does, or whoever presses none. */
export type Action =
  | Menu
  | Otherwise
  | { kind: "extension" | "name" | "mailbox_access" | "repeat" | "back" | "hang_up" };

export interface AttendantBody {
  name: string;
  extension: string;
  numbers: string[];
  language: "it" | "en";
  /** The id of opening hours; `closed` and `holiday` are played by them, null: what is played otherwise. */
  hours: string | null;
  open: Action;
  closed: Action | null;
  holiday: Action | null;
}

export interface Attendant extends Omit<AttendantBody, "numbers"> {
  id: string;
  numbers: { number: string; display: string }[];
  now: HoursState;
}

const one = (id: string): string => `/attendants/${encodeURIComponent(id)}`;

export const attendantsApi = {
  list: () => request<{ attendants: Attendant[] }>("GET", "/attendants"),
  add: (body: AttendantBody) => request<{ attendant: Attendant }>("POST", "/attendants", { body }),
  replace: (id: string, body: AttendantBody) => request<{ attendant: Attendant }>("PUT", one(id), { body }),
  remove: (id: string) => request<void>("DELETE", one(id)),
  /** Keeps a recording for an hour, in which a prompt is to name it. */
  record: (sound: Blob) =>
    request<{ sound: string; seconds: number }>("POST", "/attendants/sounds", { body: sound }),
  /** The same of what a voice says. */
  speak: (text: string, language: "it" | "en") =>
    request<{ sound: string; seconds: number }>("POST", "/attendants/speech", { body: { text, language } }),
  /** The address of what is kept. */
  sound: (id: string) => `/api/v1/attendants/sounds/${encodeURIComponent(id)}`,
};

import { request } from "./client";

/** What a greeting is for: "always" where there is none for the occasion. */
export const OCCASIONS = ["always", "no_answer", "busy", "do_not_disturb", "outside_hours", "away"] as const;
export type Occasion = (typeof OCCASIONS)[number];

/** A greeting of one's own; `made_at` in ms since the epoch. */
export interface Greeting {
  occasion: Occasion;
  id: string;
  duration_ms: number;
  made_at: number;
}

/** Those that one has; one lasts at most `longest` seconds. */
export interface Greetings {
  greetings: Greeting[];
  longest: number;
}

export const greetings = {
  mine: () => request<Greetings>("GET", "/greetings"),
  set: (occasion: Occasion, sound: Blob) =>
    request<Greetings>("PUT", `/greetings/${occasion}`, { body: sound }),
  remove: (occasion: Occasion) => request<Greetings>("DELETE", `/greetings/${occasion}`),
  /** The address of its sound. */
  sound: ({ occasion, id }: Greeting) => `/api/v1/greetings/${occasion}/sound?${id}`,
};

import { request } from "./client";

type Party = { user_id: string | null; name: string; number: string | null };

/** Something is missing there: at `at_ms` of the recording, `for_ms` of the call. */
export interface Mark {
  at_ms: number;
  for_ms: number;
}

/** A recording of a call; `by` is who wanted it, null where a rule did. Times in ms since the epoch. */
export interface Recording {
  id: string;
  call_id: string;
  caller: Party;
  callee: Party;
  why: "rule" | "demand";
  by: string | null;
  started_at: number;
  duration_ms: number;
  pauses: Mark[];
  /** Nothing is missing at its end. */
  whole: boolean;
  may_delete: boolean;
  /** Who else was in a call of several. */
  others: Party[];
  /** Of a meeting, whose id `call_id` is; null for a call. */
  title: string | null;
}

/** `next`: what to ask `before` for the following page, null when there is none. */
export interface RecordingList {
  recordings: Recording[];
  next: number | null;
  /** I may have my calls recorded, and hear what was. */
  may_record: boolean;
  may_hear: boolean;
}

export type RuleKind = "person" | "group" | "trunk";

/** All calls of a person (a user id), a ring group (its id) or a line (its name) are recorded. */
export interface RecordingRule {
  kind: RuleKind;
  subject: string;
  /** "" for what is gone. */
  name: string;
}

export interface RecordingSettings {
  on_demand: "nobody" | "everybody";
  people_hear: boolean;
  people_delete: boolean;
  /** 0: for ever. */
  days: number;
  /** What is said before a recording in place of the house's words; `text` is "" for an uploaded sound. */
  announcements: Partial<Record<AnnouncementLanguage, { id: string; seconds: number; text: string }>>;
}

export const ANNOUNCEMENT_LANGUAGES = ["it", "en"] as const;
export type AnnouncementLanguage = (typeof ANNOUNCEMENT_LANGUAGES)[number];

export interface RecordingRules {
  rules: RecordingRule[];
  settings: RecordingSettings;
}

const one = (id: string, rest = ""): string => `/recordings/${encodeURIComponent(id)}${rest}`;
const rule = ({ kind, subject }: Pick<RecordingRule, "kind" | "subject">): string =>
  `/recording-rules/${kind}/${encodeURIComponent(subject)}`;

export const recordingsApi = {
  list: (asked: { before?: number; everybody?: boolean } = {}) => {
    const query = new URLSearchParams();
    if (asked.before !== undefined) query.set("before", String(asked.before));
    if (asked.everybody) query.set("everybody", "true");
    return request<RecordingList>("GET", `/recordings?${query}`);
  },
  remove: (id: string) => request<void>("DELETE", one(id)),
  /** The addresses of its sound, to be heard and to be kept. */
  sound: (id: string) => `/api/v1${one(id, "/sound")}`,
  file: (id: string) => `/api/v1${one(id, "/file")}`,
  rules: () => request<RecordingRules>("GET", "/recording-rules"),
  /** What is not named stays as it is. */
  choose: (chosen: Partial<RecordingSettings>) =>
    request<RecordingRules>("PUT", "/recording-rules/settings", { body: chosen }),
  /** "": the house's own words again. */
  announce: (language: AnnouncementLanguage, text: string) =>
    request<RecordingRules>("PUT", `/recording-announcements/${language}`, { body: { text } }),
  announceBy: (language: AnnouncementLanguage, sound: Blob) =>
    request<RecordingRules>("PUT", `/recording-announcements/${language}/sound`, { body: sound }),
  announcement: (id: string) => `/api/v1/recording-announcements/${id}/sound`,
  addRule: (about: Pick<RecordingRule, "kind" | "subject">) => request<RecordingRules>("PUT", rule(about)),
  removeRule: (about: Pick<RecordingRule, "kind" | "subject">) =>
    request<RecordingRules>("DELETE", rule(about)),
};

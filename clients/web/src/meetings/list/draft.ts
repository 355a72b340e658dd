import type { Meeting, MeetingChange, NewMeeting } from "../../api/meetings";
import { readAddresses } from "./addresses";
import { fromLocal, nextStart, toLocal } from "./when";

/** What stands in the fields of a meeting that is being set to a time. */
export interface Draft {
  title: string;
  date: string;
  time: string;
  minutes: number;
  /** Matrix ids. */
  people: ReadonlySet<string>;
  /** E-mail addresses as they were typed. */
  outside: string;
  language: string;
  /** From end to end; chosen once, when the meeting is made. */
  encrypted: boolean;
}

export const DURATIONS = [15, 30, 45, 60, 90, 120, 180, 240] as const;

export type Fault = "no_title" | "no_time" | "past" | "addresses";

export function newDraft(now: number, language: string): Draft {
  const start = toLocal(nextStart(now));
  return { title: "", ...start, minutes: 30, people: new Set(), outside: "", language, encrypted: false };
}

export function draftOf(meeting: Meeting, now: number, language: string): Draft {
  const start = toLocal(meeting.starts_at ?? nextStart(now));
  const minutes = meeting.duration_minutes ?? 60;
  const { title, encrypted } = meeting;
  return { title, ...start, minutes, people: new Set(), outside: "", language, encrypted };
}

/** The lengths offered, with a present one that is not usual among them. */
export function durations(present: number): number[] {
  return [...new Set([...DURATIONS, present])].toSorted((a, b) => a - b);
}

/** The first thing that is wrong with it, or null; a meeting that has begun may keep its start. */
export function faultOf(draft: Draft, now: number, present: Meeting | null): Fault | null {
  const start = fromLocal(draft);
  if (draft.title.trim() === "") return "no_title";
  if (start === null) return "no_time";
  if (start + draft.minutes * 60_000 <= now && start !== present?.starts_at) return "past";
  return readAddresses(draft.outside).bad.length > 0 ? "addresses" : null;
}

export function toNew(draft: Draft): NewMeeting {
  return {
    title: draft.title.trim(),
    people: [...draft.people],
    invite: readAddresses(draft.outside).good,
    starts_at: fromLocal(draft) ?? 0,
    duration_minutes: draft.minutes,
    language: draft.language,
    encrypted: draft.encrypted,
  };
}

/** What is other than before; nothing of it when nothing is. */
export function toChange(draft: Draft, meeting: Meeting): MeetingChange {
  const { title, invite, starts_at, duration_minutes } = toNew(draft);
  return {
    ...(title === meeting.title ? {} : { title }),
    ...(starts_at === undefined || starts_at === meeting.starts_at ? {} : { starts_at }),
    ...(duration_minutes === undefined || duration_minutes === meeting.duration_minutes
      ? {}
      : { duration_minutes }),
    ...(invite.length === 0 ? {} : { invite }),
  };
}

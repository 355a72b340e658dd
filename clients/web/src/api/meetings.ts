import { request } from "./client";

/** How telephones come in: by number from outside, by extension from inside, with a PIN. */
export interface DialIn {
  /** In E.164. */
  numbers: string[];
  extension: string | null;
  /** Nine digits. */
  pin: string;
}

/** A room of mine as a meeting. */
export interface Meeting {
  id: string;
  room_id: string;
  title: string;
  /** Matrix id. */
  organiser: string;
  /** Whether I may mute and remove. */
  moderator: boolean;
  /** Null for one that was started at once. */
  starts_at: number | null;
  duration_minutes: number | null;
  encrypted: boolean;
  live: boolean;
  participants: number;
  created_at: number;
  dial_in: DialIn | null;
  /** Whether I may let people in: by the door, or by calling their telephone. */
  may_invite: boolean;
  /** Whether I may make links that lead past the waiting room. */
  may_skip_lobby: boolean;
  /** Null while it is not recorded. */
  recording: MeetingRecording | null;
}

export type MeetingRecording = "announced" | "runs" | "paused";
export type RecordingStep = "start" | "pause" | "resume" | "stop";

export interface NewMeeting {
  title: string;
  /** Matrix ids of colleagues. */
  people: string[];
  /** E-mail addresses of anybody else. */
  invite: string[];
  starts_at?: number;
  duration_minutes?: number;
  encrypted?: boolean;
  /** Of the invitation by mail. */
  language?: string;
}

/** What can be changed of a meeting; `invite` adds addresses. */
export interface MeetingChange {
  title?: string;
  starts_at?: number;
  duration_minutes?: number;
  invite?: string[];
}

export interface MeetingLink {
  id: string;
  expires_at: number;
  lobby: boolean;
  created_at: number;
}

/** A link just made: its address is told once. */
export interface NewLink extends MeetingLink {
  url: string;
}

export type VisitorState = "calling" | "waiting" | "admitted" | "refused" | "left" | "removed";

/** Why a telephone that was called did not come. */
export type NotReached = "busy" | "no_answer" | "rejected" | "unreachable" | "not_allowed" | "failed";

/** Somebody who comes without an account: by link, or by telephone. */
export interface Visitor {
  id: string;
  kind: "guest" | "phone";
  name: string;
  /** Masked; null for a guest. */
  number: string | null;
  state: VisitorState;
  identity: string | null;
  since: number;
  not_reached: NotReached | null;
}

export interface Decision {
  decision: "admit" | "refuse";
  /** Lets a telephone into an encrypted meeting, with a label for all. */
  allow_unencrypted?: boolean;
  /** Of the meeting's links: what the telephone needs to hear the others. */
  secret?: string;
}

/** What lets a telephone into an encrypted meeting. */
export type Openness = Pick<Decision, "allow_unencrypted" | "secret">;

export type Source = "microphone" | "camera" | "screen_share";

/** A breakout room of a meeting. */
export interface Breakout {
  id: string;
  name: string;
  /** Who belongs there: Matrix ids, of visitors too. */
  people: string[];
  /** Who is there now, by identity. */
  inside: string[];
}

/** How a meeting is divided. */
export interface Division {
  /** Empty while no rooms are open. */
  breakouts: Breakout[];
  /** The room in which I belong. */
  mine: string | null;
  /** Who is in the main room, by identity. */
  main: string[];
  /** When the rooms close by themselves, in ms since the epoch. */
  closes_at: number | null;
}

/** The rooms that are wanted; one with an id is kept. */
export interface NewDivision {
  breakouts: { id?: string; name: string; people: string[] }[];
  /** How long they are open, 1..240; null for as long as the meeting. */
  minutes?: number | null;
}

const one = (id: string): string => `/meetings/${encodeURIComponent(id)}`;
const participant = (id: string, identity: string): string =>
  `${one(id)}/participants/${encodeURIComponent(identity)}`;

export const meetings = {
  list: async (signal?: AbortSignal) =>
    (await request<{ meetings: Meeting[] }>("GET", "/meetings", signal ? { signal } : {})).meetings,
  create: (details: NewMeeting) => request<Meeting>("POST", "/meetings", { body: details }),
  get: (id: string) => request<Meeting>("GET", one(id)),
  change: (id: string, change: MeetingChange) => request<Meeting>("PATCH", one(id), { body: change }),
  cancel: (id: string) => request<void>("DELETE", one(id)),
  /** The meeting of any room of mine, made on first need. */
  ofRoom: (roomId: string) => request<Meeting>("POST", `/rooms/${encodeURIComponent(roomId)}/meeting`),
  /** The one link for all who are invited from outside; the mail of an encrypted meeting does not hold it. */
  invitationLink: (id: string) => request<NewLink>("POST", `${one(id)}/invitation-link`),
  links: async (id: string) => (await request<{ links: MeetingLink[] }>("GET", `${one(id)}/links`)).links,
  makeLink: (id: string, hours: number, lobby: boolean) =>
    request<NewLink>("POST", `${one(id)}/links`, { body: { hours, lobby } }),
  revokeLink: (id: string, linkId: string) =>
    request<void>("DELETE", `${one(id)}/links/${encodeURIComponent(linkId)}`),
  visitors: async (id: string) =>
    (await request<{ visitors: Visitor[] }>("GET", `${one(id)}/visitors`)).visitors,
  decide: (id: string, visitorId: string, decision: Decision) =>
    request<void>("POST", `${one(id)}/visitors/${encodeURIComponent(visitorId)}`, { body: decision }),
  mute: (id: string, identity: string, source: Source) =>
    request<void>("POST", `${participant(id, identity)}/mute`, { body: { source } }),
  remove: (id: string, identity: string) => request<void>("DELETE", participant(id, identity)),
  record: (id: string, what: RecordingStep) =>
    request<void>("POST", `${one(id)}/recording`, { body: { what } }),
  breakouts: (id: string) => request<Division>("GET", `${one(id)}/breakouts`),
  /** Opens rooms, or changes those that are open. */
  divide: (id: string, division: NewDivision) =>
    request<Division>("PUT", `${one(id)}/breakouts`, { body: division }),
  /** Closes all rooms, in 0..120 seconds. */
  unite: (id: string, seconds: number) => request<void>("DELETE", `${one(id)}/breakouts?in=${seconds}`),
  /** `open` lets the telephone into an encrypted meeting. */
  callPhone: async (id: string, number: string, open: Openness = {}) =>
    (await request<{ visitor: Visitor }>("POST", `${one(id)}/phones`, { body: { number, ...open } })).visitor,
};

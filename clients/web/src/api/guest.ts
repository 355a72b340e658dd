import { request } from "./client";
import type { VisitorState } from "./meetings";

/** What a meeting's link leads to. */
export interface LinkedMeeting {
  title: string;
  organisation: string;
  encrypted: boolean;
  /** Whether somebody inside must let one in. */
  lobby: boolean;
  starts_at: number | null;
  /** It is recorded now. */
  recorded: boolean;
}

/** A guest's own place; the server knows it by a cookie. */
export interface Guest {
  id: string;
  name: string;
  state: VisitorState;
}

/** The breakout room in which a guest belongs. */
export interface GuestBreakout {
  id: string;
  name: string;
  /** Ms since the epoch; null for as long as the meeting. */
  closes_at: number | null;
}

export interface GuestPlace {
  guest: Guest;
  meeting: { title: string; encrypted: boolean; recorded: boolean };
  /** How to reach the media, fresh each time; null until admitted. */
  sfu: null | { url: string; token: string; identity: string };
  /** Null for the main room. */
  breakout: GuestBreakout | null;
}

/** A message of the meeting's chat. */
export interface GuestMessage {
  id: string;
  sender: { user_id: string; name: string };
  body: string;
  sent_at: number;
  mine: boolean;
}

/** What `GET /guest/events` sends, by event name. */
export interface GuestEvents {
  state: { state: VisitorState };
  message: GuestMessage;
  /** The guest's own room has changed; without an id they belong in the main room. */
  breakout: { id: string | null; name: string | null; closes_at: number | null };
}

/** The API of those who come by a link, without an account. */
export const guests = {
  look: (token: string) => request<LinkedMeeting>("POST", "/guest/look", { body: { token } }),
  join: async (token: string, name: string) =>
    (await request<{ guest: Guest }>("POST", "/guest/join", { body: { token, name } })).guest,
  /** `main` asks for the way into the main room, wherever one belongs. */
  place: (main = false) => request<GuestPlace>("GET", main ? "/guest?main=1" : "/guest"),
  say: (body: string) => request<{ id: string }>("POST", "/guest/messages", { body: { body } }),
  leave: () => request<void>("DELETE", "/guest"),
  events: () => new EventSource("/api/v1/guest/events"),
};

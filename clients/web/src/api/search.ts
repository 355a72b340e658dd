import { request } from "./client";

/** A message that was found; `matches` are pairs of begin and end in `text`. */
export interface MessageHit {
  room_id: string;
  event_id: string;
  sender: string;
  sent_at: number;
  is_file: boolean;
  text: string;
  matches: readonly (readonly [number, number])[];
}

/** `next` goes on after the last one; null: there is nothing more. */
export interface MessageHits {
  hits: readonly MessageHit[];
  next: string | null;
}

/** Messages that I may read, newest first. */
export function findMessages(
  words: string,
  options: { before?: string | null; limit?: number; signal?: AbortSignal } = {},
): Promise<MessageHits> {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const asked = new URLSearchParams({ q: words, timezone: timeZone });
  if (options.before) asked.set("before", options.before);
  if (options.limit) asked.set("limit", String(options.limit));
  return request("GET", `/search/messages?${asked}`, options.signal ? { signal: options.signal } : {});
}

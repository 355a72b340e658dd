/** The timeline of a room as people see it, free of the SDK and of React. */

import type { FileKeys } from "./attachments";
import type { Unreadable } from "./encryption";

export type MessageKind =
  | "text"
  | "emote"
  | "notice"
  | "image"
  | "file"
  | "audio"
  | "video"
  | "redacted"
  | "encrypted";

export interface Media {
  /** The content's `mxc://` address. */
  mxc: string;
  /** What opens it, in an encrypted room. */
  keys: FileKeys | null;
  name: string;
  mimetype: string;
  /** Bytes; null when the sender did not say. */
  size: number | null;
  width: number | null;
  height: number | null;
}

export interface Reaction {
  key: string;
  names: readonly string[];
  /** The event by which I reacted, to take it back. */
  mine: string | null;
}

export interface Quote {
  eventId: string;
  /** Null while the quoted message is being fetched, or cannot be. */
  senderName: string | null;
  preview: string;
}

export interface Message {
  type: "message";
  /** Stays the same from the local echo on. */
  key: string;
  eventId: string;
  ts: number;
  sender: string;
  senderName: string;
  own: boolean;
  kind: MessageKind;
  /** Why the words of an "encrypted" one are not there. */
  unreadable: Unreadable | null;
  body: string;
  /** As it came: sanitise before showing. */
  html: string | null;
  media: Media | null;
  quote: Quote | null;
  reactions: readonly Reaction[];
  edited: boolean;
  mentionsMe: boolean;
  status: "sent" | "sending" | "failed";
  canEdit: boolean;
  canRedact: boolean;
}

export type CallResult = "ringing" | "answered" | "missed" | "rejected" | "cancelled" | "ended";

/** Something that happened, told in a quiet line. */
export interface Notice {
  type: "notice";
  key: string;
  ts: number;
  what:
    | {
        kind: "joined" | "left" | "invited" | "removed" | "declined";
        actor: string;
        target: string;
        own: boolean;
      }
    | { kind: "renamed"; actor: string; own: boolean; name: string }
    | { kind: "created" | "meeting"; actor: string; own: boolean }
    | { kind: "call"; actor: string; own: boolean; video: boolean; result: CallResult; seconds: number };
}

export type Entry = Message | Notice;

export interface Reader {
  userId: string;
  name: string;
}

export interface TimelineState {
  status: "loading" | "ready";
  /** Oldest first. */
  entries: readonly Entry[];
  /** Who has read up to an entry, by its key; without oneself and its sender. */
  readers: ReadonlyMap<string, readonly Reader[]>;
  /** The entry after which what is unread began when the room was opened. */
  unreadAfter: string | null;
  older: Beyond;
  /** "none" where what is said now stands at the end. */
  newer: Beyond;
}

/** What is known of messages beyond the first or the last one that is loaded. */
export type Beyond = "more" | "loading" | "failed" | "none";

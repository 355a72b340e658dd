import { useCallback } from "react";
import { createStore, useSelected, useStore } from "../state/store";

/** The newest thing said in a room, for the list. */
export interface LastLine {
  kind: "text" | "image" | "file" | "audio" | "video" | "redacted" | "call";
  /** The sender's Matrix id and shown name. */
  sender: string;
  senderName: string;
  own: boolean;
  /** The text, or a file's name. */
  body: string;
  sending: boolean;
  failed: boolean;
}

export interface RoomSummary {
  roomId: string;
  name: string;
  membership: "join" | "invite";
  /** The other person of a direct room, or null in a group. */
  otherUserId: string | null;
  /** Who invited me, while `membership` is "invite". */
  inviter: { userId: string; name: string } | null;
  unread: number;
  /** Somebody mentioned me in what is unread. */
  mentioned: boolean;
  /** Milliseconds since the epoch; 0 when the room is empty. */
  lastTs: number;
  last: LastLine | null;
  memberCount: number;
  /** From end to end, for good. */
  encrypted: boolean;
  /** I may encrypt it, and nothing was said in it yet that would stay readable. */
  mayEncrypt: boolean;
}

export interface RoomsState {
  /** False until the first sync has brought the rooms. */
  ready: boolean;
  /** Newest first, invitations on top. */
  list: readonly RoomSummary[];
  byId: ReadonlyMap<string, RoomSummary>;
}

export const NO_ROOMS: RoomsState = { ready: false, list: [], byId: new Map() };

export const rooms = createStore<RoomsState>(NO_ROOMS);

export function sortRooms(list: readonly RoomSummary[]): RoomSummary[] {
  const rank = (room: RoomSummary): number => (room.membership === "invite" ? 0 : 1);
  return list.toSorted((a, b) => rank(a) - rank(b) || b.lastTs - a.lastTs || a.name.localeCompare(b.name));
}

/** What the chat badge counts: unread messages, and each invitation as one. */
export function countUnread(list: readonly RoomSummary[]): number {
  return list.reduce((sum, room) => sum + (room.membership === "invite" ? 1 : room.unread), 0);
}

/** Rooms whose name holds every word of the filter, accents and case aside. */
export function filterRooms(list: readonly RoomSummary[], filter: string): readonly RoomSummary[] {
  const words = fold(filter).split(/\s+/).filter(Boolean);
  if (words.length === 0) return list;
  return list.filter((room) => {
    const name = fold(room.name);
    return words.every((word) => name.includes(word));
  });
}

export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export function useRooms(): RoomsState {
  return useStore(rooms);
}

export function useRoom(roomId: string | null): RoomSummary | undefined {
  return useSelected(
    rooms,
    useCallback((state: RoomsState) => (roomId ? state.byId.get(roomId) : undefined), [roomId]),
  );
}

/** The telephone number of a ghost (`@_tel_+39…:domain`), the person that stands for an outside caller. */
export function ghostNumber(userId: string | null): string | null {
  const match = /^@_tel_([^:]+):/.exec(userId ?? "");
  return match?.[1] ? decodeURIComponent(match[1]) : null;
}

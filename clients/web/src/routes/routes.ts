import { useMemo } from "react";
import { navigate as go, useHashLocation } from "wouter/use-hash-location";

/** The sections of the product, in the order of the rail. */
export const SECTIONS = ["home", "chat", "contacts", "calls", "meetings"] as const;
export type Section =
  | (typeof SECTIONS)[number]
  | "keypad"
  | "search"
  | "favourites"
  | "phonebook"
  | "administration"
  | "settings";

/** Addresses behind the `#`. */
export const paths = {
  home: "/",
  chat: "/chat",
  room: (roomId: string) => `/chat/${encodeURIComponent(roomId)}`,
  message: (roomId: string, eventId: string) =>
    `/chat/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}`,
  search: (words: string) => `/search/${encodeURIComponent(words)}`,
  contacts: "/contacts",
  favourites: "/favourites",
  phonebook: "/phonebook",
  administration: (page: string) => `/administration/${page}`,
  calls: "/calls",
  voicemail: "/calls/voicemail",
  recordings: "/calls/recordings",
  queues: "/calls/queues",
  meetings: "/meetings",
  meeting: (roomId: string) => `/meetings/room/${encodeURIComponent(roomId)}`,
  keypad: "/keypad",
  settings: (page: string) => `/settings/${page}`,
  forgotten: "/forgotten",
  outbox: "/outbox",
} as const;

/** Goes to an address of `paths` from anywhere. */
export function navigate(path: string, options?: { replace?: boolean }): void {
  go(path, options);
}

export interface Route {
  section: Section;
  roomId: string | null;
  /** The message that is looked for in the room. */
  eventId?: string | null;
  /** Of the settings, the administration or the calls; what is searched for. */
  page?: string;
}

/** A page in front of the product, for whoever comes, signed in or not. */
export type DoorRoute =
  | { page: "invitation" | "new-password"; token: string }
  | { page: "forgotten" | "outbox" }
  | { page: "join"; token: string; secret: string | null }
  | { page: "sign-in"; oidc: string }
  | { page: "refused"; reason: string };

/** The page in front of the product that an address shows; null for all that is inside. */
export function parseDoor(address: string): DoorRoute | null {
  const [path = "", query = ""] = address.split("?");
  const asked = new URLSearchParams(query);
  const [, page = "", first = "", second = ""] = path.split("/");
  switch (page) {
    case "invitation":
    case "new-password":
      return { page, token: asked.get("token") ?? "" };
    case "forgotten":
    case "outbox":
      return { page };
    case "join":
      return first ? { page, token: first, secret: second || null } : null;
    case "sign-in": {
      const oidc = asked.get("oidc");
      const reason = asked.get("refused");
      if (reason) return { page: "refused", reason };
      return oidc ? { page, oidc } : null;
    }
    default:
      return null;
  }
}

/** The same of where the browser is now. */
export function useDoor(): DoorRoute | null {
  const [address] = useHashLocation();
  return useMemo(() => parseDoor(address), [address]);
}

/** What an address shows; an unknown one is the home page. */
export function parsePath(path: string): Route {
  const [, section = "", rest = "", third = ""] = path.split("/");
  switch (section) {
    case "chat":
      return third
        ? { section, roomId: safeDecode(rest), eventId: safeDecode(third) }
        : { section, roomId: rest ? safeDecode(rest) : null };
    case "search":
      return { section, roomId: null, page: safeDecode(rest) ?? "" };
    case "contacts":
    case "favourites":
    case "phonebook":
    case "keypad":
      return { section, roomId: null };
    case "calls":
      return rest ? { section: "calls", roomId: null, page: rest } : { section: "calls", roomId: null };
    case "meetings":
      return { section: "meetings", roomId: rest === "room" && third ? safeDecode(third) : null };
    case "settings":
    case "administration":
      return { section, roomId: null, page: rest };
    default:
      return { section: "home", roomId: null };
  }
}

export function useRoute(): Route {
  const [path] = useHashLocation();
  return parsePath(path);
}

function safeDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

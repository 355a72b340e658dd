import { navigate as go, useHashLocation } from "wouter/use-hash-location";

/** The sections of the product, in the order of the rail. */
export const SECTIONS = ["home", "chat", "contacts", "calls"] as const;
export type Section = (typeof SECTIONS)[number] | "keypad" | "favourites" | "phonebook";

/** Addresses behind the `#`. */
export const paths = {
  home: "/",
  chat: "/chat",
  room: (roomId: string) => `/chat/${encodeURIComponent(roomId)}`,
  contacts: "/contacts",
  favourites: "/favourites",
  phonebook: "/phonebook",
  calls: "/calls",
  keypad: "/keypad",
} as const;

/** Goes to an address of `paths` from anywhere. */
export function navigate(path: string, options?: { replace?: boolean }): void {
  go(path, options);
}

export interface Route {
  section: Section;
  roomId: string | null;
}

/** What an address shows; an unknown one is the home page. */
export function parsePath(path: string): Route {
  const [, section = "", rest = ""] = path.split("/");
  switch (section) {
    case "chat":
      return { section: "chat", roomId: rest ? safeDecode(rest) : null };
    case "contacts":
    case "favourites":
    case "phonebook":
    case "calls":
    case "keypad":
      return { section, roomId: null };
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

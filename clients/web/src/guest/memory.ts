import type { LineMemory } from "../meetings/session/linkChat";
import type { ChatLine, JoinChoices } from "../meetings/session/types";

/** What a page remembers of a guest's place, so that loading it again leads back there. */
export interface Remembered {
  /** Of the link. */
  token: string;
  name: string;
  choices: JoinChoices;
}

const PLACE = "unisono.guest";
const LINES = "unisono.guest.chat";
const NAME = "unisono.guest.name";

/** The place that this tab had by this link; null for another link, or another tab. */
export function recall(token: string): Remembered | null {
  try {
    const stored = JSON.parse(sessionStorage.getItem(PLACE) ?? "null") as Remembered | null;
    return stored?.token === token && stored.choices ? stored : null;
  } catch {
    return null;
  }
}

export function remember(place: Remembered): void {
  sessionStorage.setItem(PLACE, JSON.stringify(place));
  sessionStorage.removeItem(LINES);
  localStorage.setItem(NAME, place.name);
}

export function forget(): void {
  sessionStorage.removeItem(PLACE);
  sessionStorage.removeItem(LINES);
}

/** What was said at that place, where no server can say it again. */
export const spoken: LineMemory = {
  read: () => {
    try {
      return JSON.parse(sessionStorage.getItem(LINES) ?? "[]") as ChatLine[];
    } catch {
      return [];
    }
  },
  write: (lines) => {
    try {
      sessionStorage.setItem(LINES, JSON.stringify(lines));
    } catch {
      // No room for it: then it is gone with the page.
    }
  },
};

/** The name that somebody gave in this browser before. */
export function usualName(): string {
  return localStorage.getItem(NAME) ?? "";
}

import { useCallback } from "react";
import { createStore, useSelected } from "../state/store";
import { people } from "./people";

/** What people see of each other. "on_the_phone" wins over all, whichever device the call is on. */
export type Availability = "available" | "away" | "busy" | "on_the_phone" | "offline";

export interface Presence {
  state: "online" | "unavailable" | "busy" | "offline";
  message: string | null;
}

const OFFLINE: Presence = { state: "offline", message: null };

export const presences = createStore<ReadonlyMap<string, Presence>>(new Map());

/** The content of an `m.presence` event; "org.matrix.msc3026.busy" is MSC3026's unstable name of busy. */
export function readPresence(content: Record<string, unknown>): Presence {
  const state = content.presence === "org.matrix.msc3026.busy" ? "busy" : content.presence;
  const known = state === "online" || state === "unavailable" || state === "busy";
  return {
    state: known ? state : "offline",
    message: typeof content.status_msg === "string" && content.status_msg ? content.status_msg : null,
  };
}

export function setPresences(changes: Iterable<readonly [string, Presence]>): void {
  presences.update((previous) => new Map([...previous, ...changes]));
}

export function availability(presence: Presence | undefined, onThePhone: boolean): Availability {
  if (onThePhone) return "on_the_phone";
  const names = { online: "available", unavailable: "away", busy: "busy", offline: "offline" } as const;
  return names[presence?.state ?? "offline"];
}

export function usePresence(userId: string): Presence {
  return useSelected(
    presences,
    useCallback((all: ReadonlyMap<string, Presence>) => all.get(userId) ?? OFFLINE, [userId]),
  );
}

export function useAvailability(userId: string): Availability {
  const presence = usePresence(userId);
  const onThePhone = useSelected(
    people,
    useCallback((state) => state.byId.get(userId)?.on_the_phone ?? false, [userId]),
  );
  return availability(presence, onThePhone);
}

import { useCallback } from "react";
import { createStore, useSelected } from "../state/store";
import type { Person, PersonState } from "../api/types";
import { usePerson } from "./people";

/** What people see of each other. */
export type Availability = PersonState;

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

/** In which order people are offered: who can be called first. */
export const RANK: Record<Availability, number> = {
  available: 0,
  away: 1,
  ringing: 2,
  on_the_phone: 2,
  held: 2,
  in_a_meeting: 2,
  busy: 2,
  do_not_disturb: 2,
  offline: 3,
};

/** A desk phone that is connected can be called, however its owner wants to look. */
export function rank({ state, desk_phone: deskPhone }: Person): number {
  return state === "offline" && deskPhone ? RANK.away : RANK[state];
}

/** A colleague's state is the house's word; of everybody else there is what their Matrix client says. */
export function availability(
  presence: Presence | undefined,
  person: { state: PersonState } | undefined,
): Availability {
  if (person) return person.state;
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
  return availability(presence, usePerson(userId));
}

import { useMemo } from "react";
import type { Person } from "../api/types";
import { type PeopleState, usePeople } from "../people/people";
import { availability, type Availability, type Presence, presences } from "../people/presence";
import { useMe } from "../session/session";
import { useStore } from "../state/store";

export interface Colleague {
  person: Person;
  availability: Availability;
}

const RANK: Record<Availability, number> = { available: 0, away: 1, on_the_phone: 2, busy: 2, offline: 3 };

/** A desk phone that is connected can be called, whatever the browser's presence says. */
function rank({ person, availability: state }: Colleague): number {
  return state === "offline" && person.desk_phone ? RANK.away : RANK[state];
}

/** Everybody but me: who can be called first, then by name. */
export function colleaguesOf(
  list: readonly Person[],
  known: ReadonlyMap<string, Presence>,
  me: string,
): Colleague[] {
  return list
    .filter((person) => person.user_id !== me)
    .map((person) => ({ person, availability: availability(known.get(person.user_id), person.on_the_phone) }))
    .toSorted((a, b) => rank(a) - rank(b) || a.person.name.localeCompare(b.person.name));
}

const fold = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** Whether a person's name, e-mail or a number holds every word of the text, accents aside. */
export function matches(person: Person, text: string): boolean {
  const numbers = [...person.extensions, ...person.numbers];
  const hay = fold([person.name, person.email, ...numbers].join(" "));
  return fold(text)
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/** The colleagues as they are now, and how far loading them is. */
export function useColleagues(): { status: PeopleState["status"]; colleagues: Colleague[] } {
  const { status, list } = usePeople();
  const known = useStore(presences);
  const me = useMe().user_id;
  const colleagues = useMemo(() => colleaguesOf(list, known, me), [list, known, me]);
  return { status, colleagues };
}

import { useMemo } from "react";
import type { Person } from "../api/types";
import { type PeopleState, usePeople } from "../people/people";
import { type Availability, rank } from "../people/presence";
import { useMe } from "../session/session";

export interface Colleague {
  person: Person;
  availability: Availability;
}

/** Everybody but me: who can be called first, then by name. */
export function colleaguesOf(list: readonly Person[], me: string): Colleague[] {
  return list
    .filter((person) => person.user_id !== me)
    .map((person) => ({ person, availability: person.state }))
    .toSorted((a, b) => rank(a.person) - rank(b.person) || a.person.name.localeCompare(b.person.name));
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
  const me = useMe().user_id;
  const colleagues = useMemo(() => colleaguesOf(list, me), [list, me]);
  return { status, colleagues };
}

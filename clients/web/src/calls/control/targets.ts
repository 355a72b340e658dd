import type { Person } from "../../api/types";
import { rank } from "../../people/presence";
import { type Hit, numberOf } from "../../people/search";

/** Somebody to whom a call may go. */
export interface Target {
  key: string;
  name: string;
  /** A number or an extension as the dial box takes it. */
  to: string;
  userId: string | null;
}

const AT_MOST = 6;

/** Whom of the hits a telephone reaches, with the number that is meant by the text. */
export function targetsOf(text: string, hits: readonly Hit[]): Target[] {
  return hits.flatMap((hit) => toTarget(text, hit) ?? []).slice(0, AT_MOST);
}

/** Colleagues, those first who can be reached; before anything is typed. */
export function colleagueTargets(list: readonly Person[], without: readonly (string | null)[]): Target[] {
  return list
    .filter((person) => !without.includes(person.user_id))
    .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .flatMap((person) => ofPerson(person) ?? [])
    .slice(0, AT_MOST);
}

function toTarget(text: string, hit: Hit): Target | null {
  if (hit.kind === "person") return ofPerson(hit.person);
  if (hit.kind === "number") return { key: hit.key, name: hit.display, to: hit.number, userId: null };
  const { contact, key } = hit;
  const to = numberOf(contact, text);
  return to === undefined ? null : { key, name: contact.name || contact.organisation, to, userId: null };
}

function ofPerson({ user_id: userId, name, extensions, numbers }: Person): Target | null {
  const to = extensions[0] ?? numbers[0];
  return to === undefined ? null : { key: userId, name, to, userId };
}

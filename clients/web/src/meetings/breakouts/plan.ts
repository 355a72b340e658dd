import type { NewDivision } from "../../api/meetings";
import { createStore } from "../../state/store";
import type { Arrangement } from "../session/types";

/** How people are to be divided before the rooms are open. */
export interface Plan {
  readonly names: readonly string[];
  readonly how: "evenly" | "random" | "hand";
  /** Of the order at random. */
  readonly seed: number;
  /** People whom somebody has put into a room, by Matrix id; the number of the room, from 0. */
  readonly byHand: Readonly<Record<string, number>>;
}

export const MOST_ROOMS = 50;
/** So many in a room are what one begins with. */
const USUAL = 4;

/** The plan that is being made, and for which meeting: it outlives the panel in which it is made. */
export const planned = createStore<{ key: string; plan: Plan } | null>(null);

export function firstPlan(people: number, nameOf: (number: number) => string): Plan {
  const count = Math.min(MOST_ROOMS, Math.max(2, Math.ceil(people / USUAL)));
  return resized({ names: [], how: "evenly", seed: 0, byHand: {} }, count, nameOf);
}

/** With so many rooms; whoever was put by hand into one that is no more stays in the main room. */
export function resized(plan: Plan, count: number, nameOf: (number: number) => string): Plan {
  const names = Array.from({ length: count }, (_, index) => plan.names[index] ?? nameOf(index + 1));
  const byHand = Object.fromEntries(Object.entries(plan.byHand).filter(([, room]) => room < count));
  return { ...plan, names, byHand };
}

export function renamed(plan: Plan, room: number, name: string): Plan {
  return { ...plan, names: plan.names.map((each, index) => (index === room ? name : each)) };
}

/** Puts one person into a room, or (null) back into the main one; the others stay where they are by now. */
export function put(plan: Plan, people: readonly string[], person: string, room: number | null): Plan {
  const { [person]: _, ...others } = Object.fromEntries(assigned(plan, people));
  return { ...plan, how: "hand", byHand: room === null ? others : { ...others, [person]: room } };
}

/**
 * Who goes into which room, from 0; who is missing stays in the main room.
 *
 * @param people - to be divided, in the order of joining.
 */
export function assigned(plan: Plan, people: readonly string[]): ReadonlyMap<string, number> {
  if (plan.how === "hand") return new Map(Object.entries(plan.byHand));
  const order = plan.how === "evenly" ? people : shuffled(people, plan.seed);
  return new Map(order.map((person, index) => [person, index % plan.names.length]));
}

/** The same order for the same seed, also when somebody comes or goes. */
function shuffled(people: readonly string[], seed: number): readonly string[] {
  return people
    .map((person) => ({ person, at: mixed(`${seed} ${person}`) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ person }) => person);
}

/** FNV-1a of a text, 32 bits, stirred once more as its last letters hardly reach the high bits. */
function mixed(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** The plan as the server takes it; of those who were put by hand, only who is `there`. */
export function wanted(
  plan: Plan,
  people: readonly string[],
  there: ReadonlySet<string>,
): NewDivision["breakouts"] {
  const rooms = plan.names.map((name) => ({ name: name.trim(), people: [] as string[] }));
  for (const [person, room] of assigned(plan, people))
    if (there.has(person)) rooms[room]?.people.push(person);
  return rooms;
}

/** Open rooms with one person elsewhere, as the server takes them; `place` null for the main room. */
export function moved(
  { rooms }: Arrangement,
  person: string,
  place: string | null,
): NewDivision["breakouts"] {
  return rooms.map(({ id, name, people }) => {
    const others = people.filter((each) => each !== person);
    return { id, name, people: id === place ? [...others, person] : others };
  });
}

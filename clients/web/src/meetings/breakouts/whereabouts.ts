import { userOf } from "../session/identity";
import type { Arrangement, MeetingDoor, ParticipantSnapshot } from "../session/types";

/** Somebody who can be put into a room. */
export interface Person {
  /** Matrix id. */
  readonly id: string;
  readonly name: string;
  readonly me: boolean;
}

/** Somebody in a divided meeting. */
export interface Somebody extends Person {
  /** The room in which they belong; null for the main one. */
  readonly mine: string | null;
}

/** A room, and who is in it. */
export interface Occupied {
  /** Null for the main room. */
  readonly id: string | null;
  readonly here: readonly Somebody[];
  /** Who belongs in it and is nowhere in the meeting. */
  readonly missing: readonly Somebody[];
}

/** Whose an identity is; visitors have Matrix users of their own. Null for one that nobody knows. */
export function personOf(identity: string, who: MeetingDoor["who"]): string | null {
  return who?.(identity)?.userId ?? userOf(identity);
}

/** Those who can be divided, each once, oneself first. */
export function peopleHere(participants: readonly ParticipantSnapshot[]): readonly Person[] {
  const found = participants.flatMap(({ identity, userId, name, me }) => {
    const id = userId ?? userOf(identity);
    return id === null ? [] : [{ id, name, me }];
  });
  return found.filter(({ id }, index) => found.findIndex((each) => each.id === id) === index);
}

/** The main room first, then the others: each person where they are now. */
export function occupied(
  { rooms, main }: Arrangement,
  me: string | null,
  person: (identity: string) => string | null,
  nameOf: (id: string) => string,
): readonly Occupied[] {
  const somebody = (id: string): Somebody => ({
    id,
    name: nameOf(id),
    me: id === me,
    mine: rooms.find((room) => room.people.includes(id))?.id ?? null,
  });
  const idsOf = (identities: readonly string[]): string[] => [
    ...new Set(identities.flatMap((each) => person(each) ?? [])),
  ];
  const anywhere = new Set(idsOf([...main, ...rooms.flatMap((room) => room.inside)]));
  return [
    { id: null, here: idsOf(main).map(somebody), missing: [] },
    ...rooms.map(({ id, people, inside }) => ({
      id,
      here: idsOf(inside).map(somebody),
      missing: people.filter((each) => !anywhere.has(each)).map(somebody),
    })),
  ];
}

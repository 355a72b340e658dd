import type { ParticipantSnapshot } from "../session/types";

/** What is told to who does not see it: comings and goings, hands, shared screens. */
export type News = { kind: "joined" | "left" | "hand" | "screen"; name: string };

type People = readonly ParticipantSnapshot[];

/** What happened between two moments, oneself aside. Before anybody was there nothing has happened. */
export function newsBetween(before: People, after: People): readonly News[] {
  if (before.length === 0 || after.length === 0) return [];
  const known = new Map(before.map((each) => [each.identity, each]));
  const now = new Set(after.map((each) => each.identity));
  const others = after.filter((each) => !each.me);
  return [
    ...others.filter((each) => !known.has(each.identity)).map(tell("joined")),
    ...before.filter((each) => !now.has(each.identity)).map(tell("left")),
    ...others
      .filter((each) => each.hand !== null && known.get(each.identity)?.hand === null)
      .map(tell("hand")),
    ...others
      .filter((each) => each.screenOn && known.get(each.identity)?.screenOn === false)
      .map(tell("screen")),
  ];
}

const tell =
  (kind: News["kind"]) =>
  ({ name }: ParticipantSnapshot): News => ({ kind, name });

/** Hands in the order in which they were raised. */
export function raisedHands(people: People): readonly ParticipantSnapshot[] {
  return people.filter((each) => each.hand !== null).toSorted((a, b) => (a.hand ?? 0) - (b.hand ?? 0));
}

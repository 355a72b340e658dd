import { describe, expect, test } from "vitest";
import {
  HAND,
  type Hands,
  handContent,
  lower,
  nextStep,
  NO_HANDS,
  type OwnHand,
  raise,
  raisedAt,
  reactionContent,
  readHand,
  readReaction,
} from "./signs";

const BRUNO = "@bruno:x";
const said = (content: object, more = {}) =>
  ({ id: "$hand", sender: BRUNO, at: 5, content, ...more }) as never;
const hand = (id: string, membership: string, sender = BRUNO, at = 5) => ({ id, sender, membership, at });
const up = (...all: ReturnType<typeof hand>[]): Hands => all.reduce(raise, NO_HANDS);

describe("a hand in the room's events", () => {
  test("is an annotation of a membership, read as it is written", () => {
    expect(readHand(said(handContent("$call")))).toEqual(hand("$hand", "$call"));
  });

  test.each<[string, object]>([
    ["another sign", { rel_type: "m.annotation", event_id: "$call", key: "👍" }],
    ["another relation", { rel_type: "m.reference", event_id: "$call", key: HAND }],
    ["a relation to nothing", { rel_type: "m.annotation", key: HAND }],
  ])("%s is none", (_, relation) => {
    expect(readHand(said({ "m.relates_to": relation }))).toBeNull();
  });

  test("what was redacted has no content left, and is none", () => {
    expect(readHand(said({}))).toBeNull();
  });

  test("is up for the membership it belongs to, if its own sender raised it", () => {
    const hands = up(hand("$1", "$call", BRUNO, 7), hand("$2", "$call", BRUNO, 5));
    expect(raisedAt(hands, { eventId: "$call", userId: BRUNO })).toBe(5);
    expect(raisedAt(hands, { eventId: "$later", userId: BRUNO })).toBeNull();
    expect(raisedAt(hands, { eventId: "$call", userId: "@anna:x" })).toBeNull();
  });

  test("goes down with its redaction, and does not come back with an older answer", () => {
    const down = lower(up(hand("$1", "$call")), "$1");
    expect(raisedAt(down, { eventId: "$call", userId: BRUNO })).toBeNull();
    expect(raise(down, hand("$1", "$call"))).toBe(down);
    expect(raise(lower(NO_HANDS, "$1"), hand("$1", "$call")).raised.size).toBe(0);
  });
});

describe("one's own hand", () => {
  const own = (more: Partial<OwnHand> = {}): OwnHand => ({
    userId: BRUNO,
    memberships: new Set(["$old", "$call"]),
    membership: "$call",
    up: true,
    awaited: true,
    ...more,
  });

  test("goes up for those who learn of it by events alone", () => {
    expect(nextStep(NO_HANDS, own())).toEqual({ kind: "raise", membership: "$call" });
    expect(nextStep(NO_HANDS, own({ awaited: false }))).toBeNull();
  });

  test("waits for the membership", () => {
    expect(nextStep(NO_HANDS, own({ membership: null }))).toBeNull();
  });

  test("is up once", () => {
    expect(nextStep(up(hand("$1", "$call")), own())).toBeNull();
    expect(nextStep(up(hand("$1", "$call")), own({ awaited: false }))).toBeNull();
  });

  test("goes down, also one that was left from before", () => {
    expect(nextStep(up(hand("$1", "$call")), own({ up: false }))).toEqual({ kind: "lower", id: "$1" });
    expect(nextStep(NO_HANDS, own({ up: false }))).toBeNull();
  });

  test("moves to the membership that took the place of another", () => {
    const before = up(hand("$1", "$old"));
    expect(nextStep(before, own())).toEqual({ kind: "lower", id: "$1" });
    expect(nextStep(lower(before, "$1"), own())).toEqual({ kind: "raise", membership: "$call" });
  });

  test("leaves alone what is others', or of another device of mine", () => {
    const others = up(hand("$1", "$call", "@anna:x"), hand("$2", "$elsewhere"));
    expect(nextStep(others, own({ up: false }))).toBeNull();
  });
});

describe("a reaction", () => {
  const read = (content: object, now = 10) => readReaction(said(content), now);

  test("is read as it is written, by the name that Element Call knows where it has one", () => {
    const content = reactionContent("$call", "👏");
    expect(content).toMatchObject({ emoji: "👏", name: "clapping" });
    expect(reactionContent("$call", "😮")).toMatchObject({ name: "generic" });
    expect(read(content)).toEqual({ member: { eventId: "$call", userId: BRUNO }, emoji: "👏" });
  });

  test("of a moment ago is nothing", () => {
    expect(read(reactionContent("$call", "👏"), 60_000)).toBeNull();
  });

  test.each([7, "", "  ", "x".repeat(17), null])("that says %s is nothing", (emoji) => {
    expect(read({ ...reactionContent("$call", "👏"), emoji })).toBeNull();
  });
});

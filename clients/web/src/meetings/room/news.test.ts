import { expect, test } from "vitest";
import { participant } from "./fakeParticipant";
import { newsBetween, raisedHands } from "./news";

const me = participant("@me:x:1", { me: true });
const anna = participant("@anna:x:1", { name: "Anna" });
const bruno = participant("@bruno:x:1", { name: "Bruno" });

test("comings, goings, hands and screens are told", () => {
  expect(newsBetween([me, anna], [me, bruno])).toEqual([
    { kind: "joined", name: "Bruno" },
    { kind: "left", name: "Anna" },
  ]);
  expect(newsBetween([me, anna], [me, { ...anna, hand: 5 }])).toEqual([{ kind: "hand", name: "Anna" }]);
  expect(newsBetween([me, anna], [me, { ...anna, screenOn: true }])).toEqual([
    { kind: "screen", name: "Anna" },
  ]);
});

test("the first look, one's own doings and what stays the same are no news", () => {
  expect(newsBetween([], [me, anna])).toEqual([]);
  expect(newsBetween([me, anna], [{ ...me, hand: 1 }, anna])).toEqual([]);
  expect(newsBetween([me, anna], [])).toEqual([]);
});

test("hands stand in the order of raising", () => {
  const hands = raisedHands([{ ...anna, hand: 9 }, me, { ...bruno, hand: 3 }]);
  expect(hands.map((each) => each.name)).toEqual(["Bruno", "Anna"]);
});

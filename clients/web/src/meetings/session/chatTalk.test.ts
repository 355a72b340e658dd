import { expect, test } from "vitest";
import { BODY_MOST, cut, fits, isTheirs, keeperOf, maySay, readWord, takesPart } from "./chatTalk";

const word = (body: string) => ({ id: "1", body });

test.each<[unknown, boolean]>([
  [{ id: "$event:x.it", body: "hello" }, true],
  [{ id: "a_b-C9", body: "x".repeat(BODY_MOST), more: 1 }, true],
  [{ id: "1", body: "x".repeat(BODY_MOST + 1) }, false],
  [{ id: "1", body: " \n" }, false],
  [{ id: "1", body: 7 }, false],
  [{ id: "with a blank", body: "hello" }, false],
  [{ id: "", body: "hello" }, false],
  [{ body: "hello" }, false],
  [{ id: "1", body: "hello", by: "Bruno" }, true],
  [{ id: "1", body: "hello", by: "" }, false],
  [{ id: "1", body: "hello", by: "x".repeat(201) }, false],
  [{ id: "1", body: "hello", by: 7 }, false],
  [["hello"], false],
  [null, false],
  ["hello", false],
])("%j is a word: %s", (content, is) => {
  expect(readWord(content) !== null).toBe(is);
});

test.each([
  ["@_guest_1:x:GUEST", { id: "a_b-C9", body: "hello" }, true],
  ["@_guest_1:x:GUEST", { id: "a_b-C9", body: "hello", by: "Anna" }, false],
  ["@_guest_1:x:GUEST", { id: "$event", body: "hello" }, false],
  ["@_guest_1:x:GUEST", { id: "../..", body: "hello" }, false],
  ["@anna:x:A", { id: "$event", body: "hello", by: "Bruno" }, true],
])("%s may say %j: %s", (identity, said, may) => {
  expect(isTheirs(said, identity)).toBe(may);
});

test("what is longer than a packet does not fit, whatever it is made of", () => {
  expect(fits(word("€".repeat(BODY_MOST)))).toBe(true);
  expect(fits(word("\u0001".repeat(BODY_MOST)))).toBe(false);
});

test.each(["short", "x".repeat(9_000), "€".repeat(9_000), "\u0001".repeat(9_000), "👍".repeat(5_000)])(
  "a member's word is cut until it fits",
  (body) => {
    const said = cut(word(body));
    expect(fits(said)).toBe(true);
    expect(said.body === body || said.body.endsWith("…")).toBe(true);
    expect(said.body.length).toBeGreaterThan(Math.min(body.length, 2_000) - 1);
  },
);

test("a guest has twenty messages in half a minute, a member more", () => {
  const said = Array.from({ length: 20 }, (_, at) => at);
  expect(maySay("@_guest_1:x:GUEST", said.slice(1), 20)).toHaveLength(20);
  expect(maySay("@_guest_1:x:GUEST", said, 20)).toBeNull();
  expect(maySay("@_guest_1:x:GUEST", said, 30_000)).toHaveLength(20);
  expect(maySay("@anna:x:A", said, 20)).toHaveLength(21);
});

test.each([
  ["@anna:x:A", true],
  ["aGFzaGVk", true],
  ["@_guest_1:x:GUEST", true],
  ["@_tel_+39061:x:1", false],
])("%s takes part: %s", (identity, does) => {
  expect(takesPart(identity)).toBe(does);
});

test("the member with the least identity who holds the secret writes, never a visitor", () => {
  const people = [
    { identity: "@bruno:x:B", keeps: "one two" },
    { identity: "@anna:x:A", keeps: "two" },
    { identity: "@_guest_1:x:GUEST", keeps: "one two three" },
    { identity: "@_tel_1:x:1", keeps: "three" },
  ];
  expect(keeperOf(people, "one")).toBe("@bruno:x:B");
  expect(keeperOf(people, "two")).toBe("@anna:x:A");
  expect(keeperOf(people, "three")).toBeNull();
});

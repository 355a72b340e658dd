import { describe, expect, test } from "vitest";
import { capacityOf, gridFor, heardLast, seats, speakerOf, type Sitter } from "./arrange";

const DESKTOP = { width: 1180, height: 600 };
const PHONE = { width: 374, height: 640 };

const sitters = (words: string): Sitter[] =>
  words.split(" ").map((word) => ({ identity: word.replace("!", ""), speaking: word.endsWith("!") }));

describe("the grid", () => {
  test.each([
    [1, DESKTOP, 1, 1],
    [2, DESKTOP, 2, 1],
    [3, DESKTOP, 2, 2],
    [4, DESKTOP, 2, 2],
    [6, DESKTOP, 3, 2],
    [9, DESKTOP, 3, 3],
    [2, PHONE, 1, 2],
    [3, PHONE, 1, 3],
    [4, PHONE, 2, 2],
    [6, PHONE, 2, 3],
  ])("of %i in %o has %i columns and %i rows", (count, area, columns, rows) => {
    expect(gridFor(count, area)).toMatchObject({ columns, rows });
  });

  test.each([1, 2, 3, 5, 7, 12, 25])("of %i stays inside its area", (count) => {
    for (const area of [DESKTOP, PHONE, { width: 100, height: 2000 }, { width: 0, height: 0 }]) {
      const { columns, rows, tile } = gridFor(count, area);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      expect(columns * tile.width).toBeLessThanOrEqual(area.width);
      expect(rows * tile.height).toBeLessThanOrEqual(area.height);
    }
  });

  test("takes as many as can be seen", () => {
    expect(capacityOf(DESKTOP)).toBe(25);
    expect(capacityOf(PHONE)).toBe(10);
    expect(capacityOf({ width: 0, height: 0 })).toBe(1);
  });
});

describe("seats", () => {
  const take = (before: string, now: string, capacity: number, heard = "") =>
    seats(before.split(" ").filter(Boolean), sitters(now), capacity, heard.split(" ").filter(Boolean)).join(
      " ",
    );

  test.each([
    ["all have one while there is room", "", "me a b", 9, "me a b"],
    ["who comes sits at the end", "me a b", "me a b c", 9, "me a b c"],
    ["who comes between others in the list sits at the end all the same", "me b", "me a b", 9, "me b a"],
    ["who goes leaves the others in their order", "me a b c", "me a c", 9, "me a c"],
    ["a free seat goes to who waits", "me a b", "me b c d", 3, "me b c"],
    ["a smaller window takes the last seats", "me a b c", "me a b c", 2, "me a"],
    ["one's own is the first", "a b", "me a b", 2, "me a"],
    ["who speaks while seated stays there", "me a b", "me a! b", 3, "me a b"],
  ])("%s", (_, before, now, capacity, after) => {
    expect(take(before, now, capacity)).toBe(after);
  });

  test("who speaks without one takes that of whoever was silent longest, and nobody else moves", () => {
    expect(take("me a b c", "me a b c d!", 4, "b a")).toBe("me a b d");
    expect(take("me a b c", "me a b c d!", 4, "c b a")).toBe("me a b d");
    expect(take("me a b c", "me a b! c! d!", 4, "a b c")).toBe("me d b c");
  });

  test("nobody loses a seat to one who speaks while all seated speak", () => {
    expect(take("me a b", "me a! b! c!", 3)).toBe("me a b");
  });

  test("nothing that changed nothing gives a new list", () => {
    const before = ["me", "a"];
    expect(seats(before, sitters("me a!"), 9, [])).toBe(before);
  });
});

describe("the speaker", () => {
  test("is remembered when silent, and two at once do not take turns", () => {
    const first = heardLast([], sitters("me a! b"));
    const both = heardLast(first, sitters("me a! b!"));
    expect(both).toEqual(["a", "b"]);
    expect(heardLast(both, sitters("me a! b!"))).toBe(both);
    expect(heardLast(both, sitters("me a! b"))).toEqual(["b", "a"]);
    expect(heardLast(both, sitters("me b"))).toEqual(["b"]);
  });

  test.each([
    ["the one who speaks", null, "me a b!", "b", null, "b"],
    ["still the one who spoke last", "b", "me a b", "a b", null, "b"],
    ["still the one who speaks, though another interrupts", "a", "me a! b!", "a b", null, "a"],
    ["the other, once the first is silent", "a", "me a b!", "a b", null, "b"],
    ["not oneself while there are others", "a", "me! a b", "a me", null, "a"],
    ["the first of the others before anybody has spoken", null, "me a b", "", null, "a"],
    ["oneself when alone", "a", "me", "", null, "me"],
    ["whoever was pinned", "a", "me a! b", "a", "b", "b"],
    ["no longer the pinned one who left", "b", "me a!", "a", "b", "a"],
  ])("%s", (_, before, now, heard, pinned, expected) => {
    expect(speakerOf(before, sitters(now), heard.split(" ").filter(Boolean), pinned)).toBe(expected);
  });
});

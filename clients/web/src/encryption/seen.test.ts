import { beforeEach, expect, test } from "vitest";
import { isSeen, markSeen } from "./seen";

beforeEach(() => localStorage.clear());

test("what was seen is remembered, the latest two hundred", () => {
  for (let count = 0; count <= 200; count++) markSeen(`note ${count}`);
  markSeen("note 1");
  markSeen("another");
  expect(["note 0", "note 2", "note 1", "another"].map(isSeen)).toEqual([false, false, true, true]);
});

test.each(["", "{", "null", "3", "[1]"])("of what is no list (%j) nothing was seen", (stored) => {
  localStorage.setItem("unisono.encryption.seen", stored);
  expect(isSeen("x")).toBe(false);
  markSeen("x");
  expect(isSeen("x")).toBe(true);
});

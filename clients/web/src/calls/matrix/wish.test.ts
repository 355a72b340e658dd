import { expect, test } from "vitest";
import { readWish } from "./wish";

test.each([
  [{}, null],
  [{ "org.unisono.replaces": "", "org.unisono.device": 7 }, null],
  [{ "org.unisono.replaces": "c1" }, { replaces: "c1", device: null }],
  [{ "org.unisono.device": "D" }, { replaces: null, device: "D" }],
  [
    { "org.unisono.replaces": "c1", "org.unisono.device": "D" },
    { replaces: "c1", device: "D" },
  ],
])("%j asks for %j", (content, wish) => {
  expect(readWish(content)).toEqual(wish);
});

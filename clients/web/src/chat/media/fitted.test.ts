import { expect, test } from "vitest";
import { fitted } from "./ImageView";

test.each([
  ["a small image keeps its size", { width: 200, height: 100 }, { width: 200, height: 100 }],
  ["a wide one fits the width", { width: 3600, height: 900 }, { width: 360, height: 90 }],
  ["a tall one fits the height", { width: 900, height: 3200 }, { width: 90, height: 320 }],
  ["a line is still something to press", { width: 4000, height: 2 }, { width: 360, height: 48 }],
  ["an unknown one gets a place all the same", { width: null, height: null }, { width: 280, height: 210 }],
])("%s", (_name, size, box) => {
  expect(fitted(size)).toEqual(box);
});

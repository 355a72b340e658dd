import { expect, test } from "vitest";
import { covering } from "./scene";

const size = (width: number, height: number) => ({ width, height });

test.each([
  ["the same shape", size(1280, 720), size(640, 360), [0, 0, 1, 1]],
  ["a wider picture loses its sides", size(2000, 1000), size(100, 100), [0.25, 0, 0.5, 1]],
  ["a higher picture loses top and bottom", size(1000, 2000), size(100, 100), [0, 0.25, 1, 0.5]],
  ["a phone held upright", size(1600, 900), size(720, 1280), [0.341796875, 0, 0.31640625, 1]],
])("%s", (_case, picture, frame, part) => {
  expect(covering(picture, frame)).toEqual(part);
});

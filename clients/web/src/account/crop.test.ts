import { expect, test } from "vitest";
import { CENTRED, cropOf, dragged } from "./crop";

test("without zoom the square is the shorter side, in the middle", () => {
  expect(cropOf(400, 200, CENTRED)).toEqual({ left: 100, top: 0, side: 200 });
});

test.each([
  [
    { zoom: 2, x: -1, y: -1 },
    { left: 0, top: 0, side: 100 },
  ],
  [
    { zoom: 2, x: 1, y: 1 },
    { left: 300, top: 100, side: 100 },
  ],
])("the square never leaves the picture: %j", (framing, crop) => {
  expect(cropOf(400, 200, framing)).toEqual(crop);
});

test("dragging moves the picture with the pointer, up to its edge", () => {
  const size = { width: 400, height: 200 };
  const moved = dragged(size, CENTRED, { dx: 50, dy: 50 }, 200);
  expect(cropOf(400, 200, moved)).toEqual({ left: 50, top: 0, side: 200 });
  expect(dragged(size, CENTRED, { dx: 999, dy: 0 }, 200).x).toBe(-1);
});

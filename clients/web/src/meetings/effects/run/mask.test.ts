import { describe, expect, test } from "vitest";
import { Pace, smooth } from "./mask";

const smoothedTo = (before: number, next: number): number => {
  const smoothed = Float32Array.of(before);
  smooth(smoothed, [next], new Uint8Array(1));
  return smoothed[0] as number;
};

test("a mask becomes bytes", () => {
  const bytes = new Uint8Array(3);
  smooth(new Float32Array(3), [0, 1, 0.7], bytes);
  expect([...bytes]).toEqual([0, 255, Math.round(255 * 0.7)]);
});

test("flicker is damped, a movement is not", () => {
  expect(smoothedTo(0.5, 0.6)).toBeLessThan(0.58);
  expect(smoothedTo(0.5, 0.6)).toBeGreaterThan(0.55);
  expect(smoothedTo(0, 1)).toBe(1);
  expect(smoothedTo(1, 0.2)).toBeCloseTo(0.2);
});

describe("which frames are looked at", () => {
  const looked = (milliseconds: number): number => {
    const pace = new Pace();
    let count = 0;
    for (let frame = 0; frame < 120; frame++) {
      if (!pace.due()) continue;
      count += 1;
      pace.took(milliseconds);
    }
    return count;
  };

  test.each([
    [5, 120],
    [14, 120],
    [20, 60],
    [40, 40],
    [500, 30],
  ])("when a look takes %d ms, %d of 120", (milliseconds, count) => {
    expect(Math.abs(looked(milliseconds) - count)).toBeLessThanOrEqual(1);
  });

  test("a machine that recovers looks at all again", () => {
    const pace = new Pace();
    pace.due();
    pace.took(100);
    for (let frame = 0; frame < 200; frame++) if (pace.due()) pace.took(3);
    expect([pace.due(), pace.due(), pace.due()]).toEqual([true, true, true]);
  });
});

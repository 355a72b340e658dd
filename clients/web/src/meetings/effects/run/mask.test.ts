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
  /** Of 120 frames of a camera. */
  const looked = (cost: number, framesASecond = 30): number => {
    const pace = new Pace();
    let count = 0;
    for (let frame = 0; frame < 120; frame++) {
      if (!pace.due((frame * 1000) / framesASecond)) continue;
      count += 1;
      pace.took(cost);
    }
    return count;
  };

  test.each([
    ["all, when a look is quick", 5, 30, 120],
    ["all, when half of the time is enough", 16, 30, 120],
    ["every second", 20, 30, 60],
    ["every third", 40, 30, 40],
    ["four a second at least", 2000, 30, 15],
    ["all of a slow camera", 40, 10, 120],
  ])("%s", (_case, cost, framesASecond, count) => {
    expect(looked(cost, framesASecond)).toBe(count);
  });

  test("a machine that recovers looks at all again", () => {
    const pace = new Pace();
    pace.due(0);
    pace.took(100);
    for (let now = 33; now < 5000; now += 33) if (pace.due(now)) pace.took(3);
    expect([pace.due(5000), pace.due(5033), pace.due(5066)]).toEqual([true, true, true]);
  });
});

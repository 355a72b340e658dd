import { expect, test } from "vitest";
import { smooth } from "./mask";

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

import { expect, test } from "vitest";
import { eased, loudness } from "./level";

const tone = (amplitude: number): Float32Array =>
  Float32Array.from({ length: 1024 }, (_, index) => amplitude * Math.sin(index / 5));

test("silence is nothing, a shout is all, speech is between", () => {
  expect(loudness(new Float32Array(1024))).toBe(0);
  expect(loudness([])).toBe(0);
  expect(loudness(tone(1))).toBe(1);
  const speech = loudness(tone(0.05));
  expect(speech).toBeGreaterThan(0.4);
  expect(speech).toBeLessThan(0.8);
  expect(loudness(tone(0.1))).toBeGreaterThan(speech);
});

test("a meter rises at once and falls calmly", () => {
  expect(eased(0.2, 0.9)).toBe(0.9);
  expect(eased(1, 0)).toBeCloseTo(0.8);
});

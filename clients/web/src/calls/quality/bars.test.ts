import { expect, test } from "vitest";
import { barsOf, soundKey } from "./bars";

test.each([
  [4.5, 4, "sound_good"],
  [4.03, 4, "sound_good"],
  [4.02, 3, "sound_weak"],
  [3.6, 3, "sound_weak"],
  [3.59, 2, "sound_weak"],
  [3.1, 2, "sound_weak"],
  [3.09, 1, "sound_poor"],
  [1, 1, "sound_poor"],
])("MOS %d is %d bars, %s", (score, bars, key) => {
  expect(barsOf(score)).toBe(bars);
  expect(soundKey(score)).toBe(key);
});

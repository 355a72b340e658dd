import { describe, expect, test } from "vitest";
import { Pace, Scale } from "./pace";

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

describe("how large frames are painted", () => {
  /** After so many frames that come so often, from a time on. */
  const after = (scale: Scale, frames: number, every: number, from = 0): number => {
    for (let frame = 0; frame < frames; frame++) scale.painted(from + frame * every);
    return scale.factor;
  };

  test.each([
    ["whole at 30 a second", 300, 33, 1],
    ["whole from a camera in the dark", 300, 70, 1],
    ["whole while there are too few to judge", 15, 200, 1],
    ["half when the machine is too slow", 40, 150, 0.5],
    ["whole when frames hardly come at all", 40, 2000, 1],
  ])("%s", (_case, frames, every, factor) => {
    expect(after(new Scale(), frames, every)).toBe(factor);
  });

  test("a pause is not slowness", () => {
    const scale = new Scale();
    after(scale, 19, 33);
    expect(after(scale, 40, 33, 60_000)).toBe(1);
  });

  test("what was too slow stays small", () => {
    const scale = new Scale();
    after(scale, 40, 150);
    expect(after(scale, 300, 33, 6_000)).toBe(0.5);
  });
});

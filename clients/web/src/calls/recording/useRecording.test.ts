import { expect, test } from "vitest";
import type { LiveRecording } from "../../api/calls";
import { mayStop, nextStep } from "./useRecording";

const like = (state: LiveRecording["state"], by_rule = false): LiveRecording => ({
  state,
  since: 1,
  by_rule,
});

test.each([
  [null, true, "start"],
  [null, false, null],
  [like("announced"), true, null],
  [like("runs"), false, "pause"],
  [like("paused", true), false, "resume"],
  [like("failed"), true, "start"],
  [like("failed"), false, null],
] as const)("one press goes on from %j", (recording, may, step) => {
  expect(nextStep(recording, may)).toBe(step);
});

test("what a rule wants is not ended by hand", () => {
  expect(mayStop(like("runs"))).toBe(true);
  expect(mayStop(like("paused", true))).toBe(false);
  expect(mayStop(like("failed"))).toBe(false);
  expect(mayStop(null)).toBe(false);
});

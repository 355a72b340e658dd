import { expect, test } from "vitest";
import { isLive, nextPhase, type MeetingSignal } from "./phase";
import type { MeetingPhase } from "./types";

test.each<[MeetingPhase, MeetingSignal, MeetingPhase]>([
  ["joining", "connected", "connected"],
  ["joining", "refused", "failed"],
  ["joining", "lost", "failed"],
  ["joining", "leave", "left"],
  ["connected", "interrupted", "reconnecting"],
  ["connected", "lost", "reconnecting"],
  ["reconnecting", "connected", "connected"],
  ["reconnecting", "refused", "failed"],
  ["connected", "removed", "removed"],
  ["connected", "replaced", "replaced"],
  ["connected", "ended", "failed"],
  ["connected", "flooded", "failed"],
  ["reconnecting", "leave", "left"],
  ["joining", "moved", "joining"],
  ["connected", "moved", "moving"],
  ["moving", "moved", "moving"],
  ["moving", "interrupted", "moving"],
  ["moving", "connected", "connected"],
  ["moving", "lost", "reconnecting"],
  ["moving", "removed", "removed"],
  ["reconnecting", "moved", "moving"],
])("%s, then %s: %s", (phase, signal, next) => {
  expect(nextPhase(phase, signal)).toBe(next);
});

test.each<MeetingPhase>(["left", "removed", "replaced", "failed"])("%s is for good", (phase) => {
  expect(nextPhase(phase, "connected")).toBe(phase);
  expect(isLive(phase)).toBe(false);
});

test.each<MeetingPhase>(["joining", "connected", "moving", "reconnecting"])("%s is live", (phase) => {
  expect(isLive(phase)).toBe(true);
});

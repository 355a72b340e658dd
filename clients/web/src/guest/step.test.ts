import { expect, test } from "vitest";
import { placeOf, whyOver } from "./step";

test.each([
  ["waiting", "prepare", { step: "waiting", why: null }],
  ["waiting", "waiting", null],
  ["admitted", "prepare", { step: "inside", why: null }],
  ["admitted", "waiting", { step: "inside", why: null }],
  ["admitted", "inside", null],
  ["refused", "waiting", { step: "over", why: "refused" }],
  ["removed", "inside", { step: "over", why: "removed" }],
  ["left", "waiting", { step: "over", why: "ended" }],
] as const)("the server says %s to a guest who is at %s", (state, now, place) => {
  expect(placeOf(state, now)).toEqual(place);
});

test.each([
  ["joining", null, null],
  ["connected", "microphone_denied", null],
  ["reconnecting", null, null],
  ["left", null, "left"],
  ["removed", null, "removed"],
  ["replaced", null, "elsewhere"],
  ["failed", "ended", "ended"],
  ["failed", "flooded", "flooded"],
  ["failed", "unreachable", "lost"],
] as const)("a session that is %s (%s) is over because: %s", (phase, trouble, why) => {
  expect(whyOver(phase, trouble)).toBe(why);
});

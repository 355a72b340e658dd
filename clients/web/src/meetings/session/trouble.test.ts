import { expect, test } from "vitest";
import { ApiError } from "../../api/client";
import { DoorTrouble, deviceTrouble, troubleOf } from "./trouble";

const named = (name: string, more: object = {}): Error => Object.assign(new Error(name), { name, ...more });

test.each([
  [new DoorTrouble("ended"), "ended"],
  [new ApiError("offline", 0, ""), "unreachable"],
  [new ApiError("not_found", 404, ""), "not_allowed"],
  [named("ConnectionError", { reasonName: "NotAllowed" }), "not_allowed"],
  [named("ConnectionError", { message: "could not connect: flood: put out for a while" }), "flooded"],
  [named("ConnectionError", { reasonName: "Timeout" }), "unreachable"],
  [named("TypeError"), "failed"],
  [null, "failed"],
])("%s is %s", (error, trouble) => {
  expect(troubleOf(error)).toBe(trouble);
});

test.each([
  ["camera", "NotAllowedError", "camera_denied"],
  ["microphone", "NotFoundError", "microphone_missing"],
  ["microphone", "NotReadableError", "microphone_in_use"],
  ["camera", "Strange", "camera_in_use"],
  ["screen", "NotAllowedError", null],
  ["screen", "NotFoundError", "screen_failed"],
] as const)("a %s that answers %s: %s", (kind, name, trouble) => {
  expect(deviceTrouble(kind, named(name))).toBe(trouble);
});

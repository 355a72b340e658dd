import { expect, test } from "vitest";
import { constraintsOf, troubleOf } from "./media";

test.each([
  ["NotAllowedError", "denied"],
  ["NotFoundError", "missing"],
  ["OverconstrainedError", "missing"],
  ["NotReadableError", "busy"],
  ["AbortError", "busy"],
  ["SecurityError", "insecure"],
  ["TypeError", "failed"],
])("%s means %s", (name, trouble) => {
  expect(troubleOf(Object.assign(new Error(name), { name }))).toBe(trouble);
  expect(troubleOf(new DOMException("", name))).toBe(trouble);
});

test("a device is wished for, not insisted on", () => {
  expect(constraintsOf({ kind: "camera", id: "c1" })).toMatchObject({ video: { deviceId: { ideal: "c1" } } });
  const { video } = constraintsOf({ kind: "camera", id: null });
  expect(video).not.toHaveProperty("deviceId");
});

test("noise suppression is the person's choice", () => {
  const wish = { kind: "microphone", id: null, noiseSuppression: false } as const;
  expect(constraintsOf(wish)).toMatchObject({ audio: { noiseSuppression: false, echoCancellation: true } });
});

import { expect, test } from "vitest";
import type { PromptRecording } from "../../api/prompts";
import { goesOn, progressOf } from "./progress";

const CALLED: PromptRecording = {
  id: "1",
  devices: [{ kind: "desk_phone", number: "201", state: "calls" }],
  over: false,
  step: "called",
  sound: null,
  seconds: null,
};
const RINGS = { ...CALLED, devices: [{ kind: "desk_phone", number: "201", state: "rings" } as const] };
const SOUND = { sound: "a", seconds: 2 };

test.each([
  [CALLED, "begins"],
  [RINGS, "rings"],
  [{ ...RINGS, over: true }, "not_answered"],
  [{ ...CALLED, devices: [], over: true }, "nothing_rings"],
  [{ ...CALLED, step: "briefed" }, "listen"],
  [{ ...CALLED, step: "recording" }, "speak"],
  [{ ...CALLED, step: "reviewed" }, "review"],
  // They may press 1 again.
  [{ ...CALLED, step: "not_kept" }, "review"],
  [{ ...CALLED, step: "keeping" }, "keeps"],
  [{ ...CALLED, step: "keeping", over: true }, "keeps"],
  [{ ...CALLED, step: "kept", over: true, ...SOUND }, "kept"],
  [{ ...CALLED, step: "unconfirmed", over: true, ...SOUND }, "unconfirmed"],
  [{ ...CALLED, step: "left", over: true }, "left"],
  [{ ...CALLED, step: "silent", over: true }, "silent"],
  [{ ...CALLED, step: "not_kept", over: true }, "not_kept"],
  // The bridge ended in the middle, or is another one: what is kept is there all the same.
  [{ ...CALLED, step: "recording", over: true }, "lost"],
  [{ ...CALLED, step: null, over: true }, "lost"],
  [{ ...CALLED, step: null, over: true, ...SOUND }, "kept"],
] as const)("%o is said to be: %s", (recording, said) => {
  expect(progressOf(recording as PromptRecording)).toBe(said);
});

test("what is on its way is waited for when the call is over", () => {
  expect(goesOn(CALLED)).toBe(true);
  expect(goesOn({ ...CALLED, over: true, step: "keeping" })).toBe(true);
  expect(goesOn({ ...CALLED, over: true, step: "kept" })).toBe(false);
});

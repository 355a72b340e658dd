import { expect, test } from "vitest";
import { isRecorder, kindOf } from "./identity";
import type { MediaPerson } from "./media";
import { readPeople, readRecording } from "./snapshot";

const somebody = (identity: string, attributes: Record<string, string> = {}): MediaPerson => ({
  identity,
  name: identity,
  me: false,
  speaking: false,
  quality: "good",
  microphone: false,
  cameraOn: false,
  camera: null,
  screenOn: false,
  screen: null,
  attributes,
  joinedAt: 0,
});
const RECORDER = "@_tel_recording_1:x:RECORDER";

test("what records a meeting is nobody, and says how the meeting is recorded", () => {
  const people = [somebody("@anna:x:1"), somebody(RECORDER, { kind: "recorder", recording: "paused" })];
  expect(readPeople(people, [], { signs: null }).map((each) => each.identity)).toEqual(["@anna:x:1"]);
  expect(readRecording(people, null)).toBe("paused");
});

test("until it has said how, the recording is about to begin; without it there is none", () => {
  expect(readRecording([somebody(RECORDER)], null)).toBe("announced");
  expect(readRecording([somebody("@anna:x:1")], null)).toBeNull();
});

test("nobody passes for what records by what they say of themselves", () => {
  const people = [somebody("@mallory:x:1", { kind: "recorder", recording: "runs" })];
  expect(readRecording(people, null)).toBeNull();
  expect(readPeople(people, [], { signs: null })).toHaveLength(1);
  expect(isRecorder("@_tel_meeting_1:x:P")).toBe(false);
  expect(kindOf("@_tel_meeting_1:x:P", undefined)).toBe("phone");
});

test("that nothing more could be written is said after it has gone, until another begins", () => {
  const anna = somebody("@anna:x:1");
  const failed = somebody(RECORDER, { recording: "failed" });
  const next = somebody("@_tel_recording_2:x:RECORDER", { recording: "announced" });
  expect(readRecording([anna, failed], "runs")).toBe("failed");
  expect(readRecording([anna], "failed")).toBe("failed");
  expect(readRecording([failed, next], "failed")).toBe("announced");
  expect(readRecording([anna], "announced")).toBeNull();
});

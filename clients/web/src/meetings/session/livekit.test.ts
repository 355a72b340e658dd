import { expect, test } from "vitest";
import { CHOICES } from "./fakeMedia";
import { roomOptions } from "./livekit";

test("chosen devices are asked for, and nothing is said of those that were not", () => {
  const options = roomOptions({ ...CHOICES, microphoneId: "mic", speakerId: "speaker" }, null);
  expect(options.audioCaptureDefaults).toMatchObject({ deviceId: "mic", noiseSuppression: true });
  expect(options.videoCaptureDefaults).not.toHaveProperty("deviceId");
  expect(options.audioOutput).toEqual({ deviceId: "speaker" });
  expect(options).not.toHaveProperty("e2ee");
});

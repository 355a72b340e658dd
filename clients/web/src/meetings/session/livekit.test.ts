import { DisconnectReason } from "livekit-client";
import { expect, test } from "vitest";
import { CHOICES } from "./fakeMedia";
import { causeOf, roomOptions } from "./livekit";

test("chosen devices are asked for, and nothing is said of those that were not", () => {
  const options = roomOptions({ ...CHOICES, microphoneId: "mic", speakerId: "speaker" }, null);
  expect(options.audioCaptureDefaults).toMatchObject({ deviceId: "mic", noiseSuppression: true });
  expect(options.videoCaptureDefaults).not.toHaveProperty("deviceId");
  expect(options.audioOutput).toEqual({ deviceId: "speaker" });
  expect(options).not.toHaveProperty("e2ee");
});

test.each([
  [DisconnectReason.PARTICIPANT_REMOVED, {}, "removed"],
  [DisconnectReason.PARTICIPANT_REMOVED, { put_out: "flood" }, "flooded"],
  [DisconnectReason.ROOM_DELETED, { put_out: "flood" }, "ended"],
  [undefined, {}, "lost"],
])("the end that the library calls %s, with the attributes %j, is: %s", (reason, attributes, cause) => {
  expect(causeOf(reason, attributes)).toBe(cause);
});

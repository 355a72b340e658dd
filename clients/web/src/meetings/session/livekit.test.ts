import { describe, expect, test } from "vitest";
import { roomOptions } from "./livekit";
import type { JoinChoices } from "./types";

const CHOICES: JoinChoices = {
  microphone: true,
  camera: true,
  microphoneId: null,
  cameraId: null,
  speakerId: null,
  effect: { kind: "none" },
  encrypted: false,
};

/** When each try begins, in ms after the loss, if each fails at once. */
function tries(): number[] {
  const policy = roomOptions(CHOICES, null).reconnectPolicy;
  const found: number[] = [];
  for (let elapsedMs = 0; found.length < 200;) {
    const wait = policy?.nextRetryDelayInMs({ retryCount: found.length, elapsedMs });
    if (wait === null || wait === undefined) break;
    elapsedMs += wait;
    found.push(elapsedMs);
  }
  return found;
}

describe("a lost connection", () => {
  test("is tried again often in the first seconds, when a server is started anew", () => {
    const early = tries().filter((at) => at < 5_000);
    expect(early.length).toBeGreaterThanOrEqual(6);
    const gaps = early.slice(1).map((at, index) => at - early[index]!);
    expect(Math.max(...gaps)).toBeLessThan(1_000);
  });

  test("is given up after some minutes", () => {
    const all = tries();
    expect(all.length).toBeLessThan(200);
    expect(all.at(-1)).toBeGreaterThan(100_000);
  });
});

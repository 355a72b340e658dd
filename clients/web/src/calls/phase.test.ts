import { describe, expect, test } from "vitest";
import type { CallPhase } from "./call";
import { type CallSignal, IllegalTransition, nextPhase } from "./phase";

function follow(from: CallPhase, ...signals: CallSignal[]): CallPhase {
  let phase = from;
  for (const signal of signals) phase = nextPhase(phase, signal);
  return phase;
}

describe("the phases of a call", () => {
  test("an outgoing call rings, is answered, and carries sound", () => {
    expect(follow("connecting", "invited", "answered", "media-up")).toBe("connected");
  });

  test("an incoming call is answered", () => {
    expect(follow("ringing-in", "answered", "media-up")).toBe("connected");
  });

  test("an answer that could not be sent lets the call ring on", () => {
    expect(follow("ringing-in", "answered", "answer-lost")).toBe("ringing-in");
  });

  test("a lost connection comes back", () => {
    expect(follow("connected", "media-lost", "media-up")).toBe("connected");
  });

  test("a held call stays held while media goes on", () => {
    expect(follow("connected", "held", "media-up")).toBe("held");
    expect(follow("held", "resumed")).toBe("connected");
  });

  test.each<CallPhase>(["ringing-in", "ringing-out", "connecting", "connected", "held"])(
    "a call that is %s can end",
    (phase) => {
      expect(nextPhase(phase, "ended")).toBe("ended");
    },
  );

  test.each<[CallPhase, CallSignal]>([
    ["ended", "answered"],
    ["ended", "ended"],
    ["ringing-in", "held"],
    ["ringing-in", "media-up"],
    ["connected", "invited"],
  ])("%s does not know %s", (phase, signal) => {
    expect(() => nextPhase(phase, signal)).toThrow(IllegalTransition);
  });
});

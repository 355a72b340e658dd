import { describe, expect, test } from "vitest";
import type { CallSnapshot } from "./call";
import { snapshot } from "./fakeCall";
import { dtmfFrequencies, toneFor, type ToneName } from "./tones";

const inbound = snapshot();
const speaking = snapshot({ id: "b", phase: "connected" });
const outbound = snapshot({ id: "c", direction: "outbound", phase: "ringing-out" });
const refused = snapshot({ id: "d", direction: "outbound", phase: "ended", endReason: "busy" });

describe("the tone", () => {
  test.each<[string, CallSnapshot[], CallSnapshot[], ToneName | null]>([
    ["nothing", [], [], null],
    ["a call that rings", [inbound], [], "ring"],
    ["a second call while speaking", [speaking, inbound], [], "waiting"],
    ["the far end ringing", [outbound], [], "ringback"],
    ["a conversation", [speaking], [], null],
    ["a refusal", [], [refused], "busy"],
    ["a refusal during another call", [speaking], [refused], null],
    ["a missing microphone", [], [{ ...refused, endReason: "microphone-missing" }], null],
    ["a missed call", [], [snapshot({ phase: "ended", endReason: "missed" })], null],
  ])("of %s", (_story, calls, notices, tone) => {
    expect(toneFor({ calls, notices, receipts: [], expanded: null })).toBe(tone);
  });

  test.each([
    ["1", [697, 1209]],
    ["6", [770, 1477]],
    ["0", [941, 1336]],
    ["#", [941, 1477]],
    ["D", [941, 1633]],
    ["x", null],
    ["12", null],
  ])("of the key %s is %j", (key, hertz) => {
    expect(dtmfFrequencies(key)).toEqual(hertz);
  });
});

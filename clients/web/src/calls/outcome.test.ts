import { describe, expect, test } from "vitest";
import type { CallRecord } from "../api/types";
import { isMissed, isOneWay, outcomeKey, spokenFor } from "./outcome";

export function record(extra: Partial<CallRecord> = {}): CallRecord {
  return {
    id: "c1",
    direction: "inbound",
    peer: { user_id: "@anna:localhost", name: "Anna", number: "201" },
    video: false,
    started_at: 1_000,
    answered_at: null,
    ended_at: 9_000,
    outcome: "missed",
    answered_on: null,
    room_id: null,
    audio: { sent: null, received: null },
    ...extra,
  };
}

const spoken: Partial<CallRecord> = { outcome: "answered", answered_at: 3_000 };

describe("how a call went", () => {
  test.each<[string, Partial<CallRecord>, boolean, string]>([
    ["nobody answered here", {}, true, "outcome_missed_in"],
    ["the caller gave up", { outcome: "cancelled" }, true, "outcome_missed_in"],
    ["I was on the telephone", { outcome: "busy" }, true, "outcome_missed_in"],
    ["I declined", { outcome: "rejected" }, false, "outcome_rejected_in"],
    ["I have blocked them", { outcome: "rejected", blocked: true }, false, "outcome_blocked"],
    ["I answered", spoken, false, "outcome_answered"],
    [
      "I dialled into a meeting",
      { ...spoken, direction: "outbound", answered_on: "meeting" },
      false,
      "outcome_meeting",
    ],
    ["a meeting called me", { ...spoken, answered_on: "desk_phone" }, false, "outcome_answered"],
    ["it rings", { outcome: "in_progress", ended_at: null }, false, "outcome_ringing"],
    ["we speak", { ...spoken, outcome: "in_progress", ended_at: null }, false, "outcome_in_progress"],
    ["they left a message", { answered_on: "voicemail" }, true, "outcome_missed_in"],
    [
      "I left a message",
      { ...spoken, outcome: "missed", direction: "outbound", answered_on: "voicemail" },
      false,
      "outcome_voicemail",
    ],
    ["they did not answer", { direction: "outbound" }, false, "outcome_missed_out"],
    ["they declined", { direction: "outbound", outcome: "rejected" }, false, "outcome_rejected_out"],
    ["I gave up", { direction: "outbound", outcome: "cancelled" }, false, "outcome_cancelled"],
    ["the server fell over", { ...spoken, outcome: "interrupted" }, false, "outcome_interrupted"],
  ])("%s", (_story, extra, missed, key) => {
    expect(isMissed(record(extra))).toBe(missed);
    expect(outcomeKey(record(extra))).toBe(key);
  });

  test("the duration counts from the answer", () => {
    expect(spokenFor(record(spoken))).toBe(6_000);
    expect(spokenFor(record())).toBeNull();
    expect(spokenFor(record({ ...spoken, ended_at: null }))).toBeNull();
  });

  test("one side that heard nothing is told", () => {
    expect(isOneWay(record({ ...spoken, audio: { sent: true, received: false } }))).toBe(true);
    expect(isOneWay(record({ ...spoken, audio: { sent: true, received: true } }))).toBe(false);
    expect(isOneWay(record({ ...spoken }))).toBe(false);
  });
});

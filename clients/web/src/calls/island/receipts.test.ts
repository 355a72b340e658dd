import { expect, test } from "vitest";
import type { CallRecord } from "../../api/types";
import { snapshot } from "../fakeCall";
import { receiptMs, spokenIn } from "./receipts";

const ended = snapshot({ phase: "ended", connectedAt: 1_000, endedAt: 4_900, endReason: "peer-hung-up" });

function record(answered: number | null, over: number | null): CallRecord {
  return {
    id: "c1",
    direction: "inbound",
    peer: { user_id: null, name: "", number: null },
    video: false,
    started_at: 0,
    answered_at: answered,
    ended_at: over,
    outcome: "answered",
    answered_on: null,
    room_id: ended.roomId,
    audio: { sent: null, received: null },
  };
}

test.each([
  ["what the page saw while no record is there", undefined, 3_900],
  ["what the record says", record(600, 4_950), 4_350],
  ["what the page saw, where the record is of an earlier call", record(-60_000, -5_101), 3_900],
  ["what the record says of a clock that differs", record(-9_000, -5_100), 3_900],
  ["what the page saw while the record is open", record(600, null), 3_900],
])("a receipt tells %s", (_name, known, spoken) => {
  expect(spokenIn(ended, known)).toBe(spoken);
});

test("an ordinary end is told for three seconds, another for longer", () => {
  expect(receiptMs(ended)).toBe(3_000);
  expect(receiptMs({ ...ended, endReason: "hung-up" })).toBe(3_000);
  expect(receiptMs({ ...ended, endReason: "connection-lost" })).toBe(8_000);
});

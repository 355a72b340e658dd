import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CallPage, CallRecord } from "../api/types";
import { callLog, countUnseen, followCallLog, loadOlder, markSeen, merge, recordOf } from "./log";
import { missedCalls } from "../calls/missed";

function record(id: string, startedAt: number, extra: Partial<CallRecord> = {}): CallRecord {
  return {
    id,
    direction: "inbound",
    peer: { user_id: null, name: "06 698 82", number: "+390669882" },
    video: false,
    started_at: startedAt,
    answered_at: null,
    ended_at: startedAt + 1,
    outcome: "missed",
    answered_on: null,
    room_id: null,
    audio: { sent: null, received: null },
    ...extra,
  };
}

let pages: Record<string, CallPage>;
let stop: () => void = () => undefined;

beforeEach(() => {
  localStorage.clear();
  pages = {};
  vi.stubGlobal("fetch", (url: string) => {
    const before = new URL(url, "http://localhost").searchParams.get("before") ?? "now";
    return Promise.resolve(Response.json(pages[before]));
  });
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

async function opened(): Promise<void> {
  stop = followCallLog();
  await vi.waitFor(() => expect(callLog.get().status).toBe("ready"));
}

describe("the call log", () => {
  test("merges by id, newest first", () => {
    const merged = merge(
      [record("a", 1), record("b", 2)],
      [record("b", 2, { outcome: "answered" }), record("c", 3)],
    );
    expect(merged.map((call) => [call.id, call.outcome])).toEqual([
      ["c", "missed"],
      ["b", "answered"],
      ["a", "missed"],
    ]);
  });

  test("finds the record of a call by its room and when it began, whatever else was there", () => {
    const [before, meant] = [record("a", 1_000, { room_id: "!r" }), record("b", 60_000, { room_id: "!r" })];
    const elsewhere = record("c", 59_000, { room_id: "!other" });
    expect(recordOf([before, elsewhere, meant], "!r", 61_000)).toBe(meant);
    expect(recordOf([before, elsewhere, meant], "!r", 70_001)).toBeUndefined();
    expect(recordOf([before, elsewhere, meant], "!r", 11_000)).toBe(before);
  });

  test("counts what was missed since it was looked at", async () => {
    pages = { now: { calls: [record("b", 20), record("a", 10)], next: null } };
    await opened();
    expect(missedCalls.get()).toBe(2);
    markSeen();
    expect(missedCalls.get()).toBe(0);
    expect(countUnseen([record("c", 30), record("b", 20)], 20)).toBe(1);
  });

  test("brings older calls a page at a time", async () => {
    pages = {
      now: { calls: [record("c", 30)], next: 30 },
      30: { calls: [record("a", 10)], next: null },
    };
    await opened();
    await loadOlder();
    expect(callLog.get().calls.map((call) => call.id)).toEqual(["c", "a"]);
    expect(callLog.get().next).toBeNull();
  });

  test("says so when it cannot be loaded", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    stop = followCallLog();
    await vi.waitFor(() => expect(callLog.get().status).toBe("error"));
  });
});

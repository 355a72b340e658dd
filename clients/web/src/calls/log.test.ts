import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CallRecord, LogPage } from "../api/types";
import { missedCalls } from "./missed";
import { merge } from "./records";
import {
  callLog,
  findCalls,
  followCallLog,
  foundCalls,
  lastMissed,
  loadOlder,
  markSeen,
  recordOf,
} from "./log";

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

let pages: Record<string, LogPage>;
let sent: unknown[];
let stop: () => void = () => undefined;

function page(calls: CallRecord[], next: number | null = null, missed = 0): LogPage {
  return { calls, next, missed };
}

beforeEach(() => {
  pages = {};
  sent = [];
  vi.stubGlobal("fetch", (url: string, options?: RequestInit) => {
    if (options?.method === "PUT") {
      sent.push(JSON.parse(String(options.body)));
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    const asked = new URL(url, "http://localhost").searchParams;
    const key = [asked.get("q") ?? "", asked.get("before") ?? ""].filter(Boolean).join(" ") || "now";
    const found = pages[key];
    return found ? Promise.resolve(Response.json(found)) : Promise.reject(new TypeError("no network"));
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

  test("shows how many missed calls the server counts, until they are looked at", async () => {
    pages = { now: page([record("b", 20, { ended_at: 25 }), record("a", 10)], null, 7) };
    await opened();
    expect(missedCalls.get()).toBe(7);
    await markSeen();
    expect(missedCalls.get()).toBe(0);
    expect(sent).toEqual([{ until: 25 }]);
    await markSeen();
    expect(sent).toHaveLength(1);
  });

  test("says until when missed calls are seen by their end", () => {
    const long = record("a", 10, { ended_at: 90 });
    const spoken = record("c", 95, { answered_at: 96, outcome: "answered" });
    expect(lastMissed([spoken, record("b", 20), long])).toBe(90);
    expect(lastMissed([spoken])).toBe(0);
  });

  test("brings older calls a page at a time", async () => {
    pages = { now: page([record("c", 30)], 30), 30: page([record("a", 10)]) };
    await opened();
    await loadOlder();
    expect(callLog.get().calls.map((call) => call.id)).toEqual(["c", "a"]);
    expect(callLog.get().next).toBeNull();
  });

  test("finds calls beside the whole log, a page at a time", async () => {
    pages = {
      now: page([record("c", 30)], 30),
      verdi: page([record("b", 20)], 20),
      "verdi 20": page([record("a", 10)]),
    };
    await opened();
    await findCalls({ q: "verdi" });
    await loadOlder();
    expect(foundCalls.get()?.calls.map((call) => call.id)).toEqual(["b", "a"]);
    expect(callLog.get().calls.map((call) => call.id)).toEqual(["c"]);
    await findCalls(null);
    expect(foundCalls.get()).toBeNull();
  });

  test("the last question alone is answered", async () => {
    pages = { now: page([]), first: page([record("a", 1)]), second: page([record("b", 2)]) };
    await opened();
    const both = [findCalls({ q: "first" }), findCalls({ q: "second" })];
    await Promise.all(both);
    expect(foundCalls.get()?.calls.map((call) => call.id)).toEqual(["b"]);
    await findCalls({ q: "nothing there" });
    expect(foundCalls.get()?.status).toBe("error");
    await findCalls(null);
  });

  test("says so when it cannot be loaded", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    stop = followCallLog();
    await vi.waitFor(() => expect(callLog.get().status).toBe("error"));
  });
});

import { afterEach, expect, test, vi } from "vitest";
import type { LiveCall } from "../api/calls";
import { bell, followSentOn, quiet, sendsOn } from "./bell";
import { liveCalls } from "./control/live";

const call = (extra: Partial<LiveCall>): LiveCall => ({
  call_id: "c",
  direction: "inbound",
  peer: { user_id: "@bruno:localhost", name: "Bruno", number: "202" },
  state: "ringing",
  since: 0,
  on: null,
  room_id: null,
  matrix_call_id: "m",
  held_by: null,
  slot: null,
  members: [],
  ...extra,
});

afterEach(() => {
  vi.useRealTimers();
  quiet.set(false);
  sendsOn.set(false);
  liveCalls.set([]);
});

test("a page whose person has rules against it is silent, but for what the house forwards to it", () => {
  expect(bell.rings("m")).toBe(true);
  const heard = vi.fn<() => void>();
  const end = bell.subscribe(heard);
  quiet.set(true);
  expect(bell.rings("m")).toBe(false);
  // The house lists it before it has looked at the rules.
  liveCalls.set([call({})]);
  expect(bell.rings("m")).toBe(false);
  liveCalls.set([call({ forwarded_by: { user_id: null, name: "Chiara", number: "203" } })]);
  expect([bell.rings("m"), bell.rings("other")]).toEqual([true, false]);
  expect(heard).toHaveBeenCalledTimes(3);
  end();
  liveCalls.set([]);
  expect(heard).toHaveBeenCalledTimes(3);
});

test.each([{ direction: "outbound" }, { state: "parked" }] as const)("not a call that is %j", (extra) => {
  quiet.set(true);
  liveCalls.set([call({ forwarded_by: call({}).peer, ...extra })]);
  expect(bell.rings("m")).toBe(false);
});

test.each([true, false])(
  "a call that the house sends on falls silent if a rule of mine may do that: %s",
  (may) => {
    vi.useFakeTimers();
    const end = followSentOn();
    sendsOn.set(may);
    liveCalls.set([call({})]);
    liveCalls.set([]);
    // Its end would have come from Matrix by then.
    vi.advanceTimersByTime(999);
    expect(bell.rings("m")).toBe(true);
    vi.advanceTimersByTime(1);
    expect(bell.rings("m")).toBe(!may);
    liveCalls.set([call({})]);
    expect(bell.rings("m")).toBe(true);
    end();
  },
);

test.each([{ state: "talking" }, { state: "ringing" }] as const)(
  "a call that is mine still, and is %j, is not gone",
  (extra) => {
    vi.useFakeTimers();
    const end = followSentOn();
    sendsOn.set(true);
    liveCalls.set([call({})]);
    liveCalls.set([call(extra)]);
    vi.advanceTimersByTime(10_000);
    expect(bell.rings("m")).toBe(true);
    end();
  },
);

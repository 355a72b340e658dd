import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LiveCall } from "../../api/calls";
import { bell, declinesGoOn } from "../bell";
import { FakeCall, snapshot } from "../fakeCall";
import { calls } from "../manager";
import { decline } from "./decline";
import { liveCalls } from "./live";

const live: LiveCall = {
  call_id: "house",
  direction: "inbound",
  peer: { user_id: "@anna:localhost", name: "Anna", number: "201" },
  state: "ringing",
  since: 0,
  on: null,
  room_id: null,
  matrix_call_id: "m",
  held_by: null,
  slot: null,
  members: [],
};
const told = vi.fn<(url: string, init: RequestInit) => Promise<Response>>();
const rejected = vi.fn<() => void>();

beforeEach(() => {
  vi.stubGlobal("fetch", told);
  const call = new FakeCall(snapshot({ id: "here", matrixCallId: "m" }));
  call.reject = rejected;
  vi.spyOn(calls, "get").mockReturnValue(call);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  told.mockReset();
  rejected.mockReset();
  declinesGoOn.set(false);
  liveCalls.set([]);
});

test.each([
  [false, [live]],
  [true, []],
] as const)("a call that goes on to nobody is rejected: rule %s, known %j", (rule, known) => {
  declinesGoOn.set(rule);
  liveCalls.set(known);
  decline("here");
  expect(rejected).toHaveBeenCalledOnce();
  expect(told).not.toHaveBeenCalled();
});

test("the house is told of one that goes on, which falls silent here", async () => {
  told.mockResolvedValue(Response.json({ call_id: "house", slot: null }));
  declinesGoOn.set(true);
  liveCalls.set([live]);
  decline("here");
  await vi.waitFor(() => expect(told).toHaveBeenCalledOnce());
  expect(told.mock.calls[0]?.[0]).toBe("/api/v1/calls/house/commands");
  expect([bell.rings("m"), rejected.mock.calls.length]).toEqual([false, 0]);
});

test("a call that the house cannot take back is rejected after all", async () => {
  told.mockResolvedValue(Response.json({ error: { code: "not_possible_now" } }, { status: 409 }));
  declinesGoOn.set(true);
  liveCalls.set([live]);
  decline("here");
  await vi.waitFor(() => expect(rejected).toHaveBeenCalledOnce());
});

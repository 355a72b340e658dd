import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LiveCall } from "../../api/calls";
import type { ServerEvents } from "../../api/types";
import "../../i18n/i18n";
import { FakeCall, snapshot } from "../fakeCall";
import { calls } from "../manager";
import { toasts } from "../../ui/toasts";
import {
  add,
  completeTransfer,
  fateWords,
  holdThere,
  meet,
  merge,
  park,
  takeHere,
  takeRinging,
  transfer,
} from "./commands";
import { clearFate, fates } from "./fates";
import { goingOver } from "./goingOver";
import { liveCalls } from "./live";

function live(id: string, extra: Partial<LiveCall> = {}): LiveCall {
  return {
    call_id: id,
    direction: "inbound",
    peer: { user_id: null, name: "Shop", number: "+390669882" },
    state: "talking",
    since: 0,
    on: "matrix",
    room_id: "!r",
    matrix_call_id: `m-${id}`,
    held_by: null,
    slot: null,
    members: [],
    ...extra,
  };
}

type Failed = ServerEvents["transfer_failed"];
const failures = new Set<(event: Failed) => void>();
const records = new Set<(event: ServerEvents["calls"]) => void>();
vi.mock("../../api/events", () => ({
  onServerEvent: (kind: string, listener: (event: object) => void) => {
    if (kind === "transfer_failed") failures.add(listener);
    if (kind === "calls") records.add(listener);
    return () => failures.delete(listener) || records.delete(listener);
  },
  onServerEventsOpen: () => () => undefined,
}));

/** Nobody took it, as the house tells. */
function fails(callId: string, outcome: Failed["outcome"]): void {
  const to = { user_id: CHIARA.userId, name: "Chiara", number: "203" };
  for (const listener of [...failures]) listener({ call_id: callId, to, outcome });
}

/** What was asked of the house, and what it answers. */
let asked: [string, unknown][];
let answer: () => Response;
const CHIARA = { key: "c", name: "Chiara", to: "203", userId: "@chiara:localhost" };

beforeEach(() => {
  asked = [];
  answer = () => Response.json({ call_id: "a", slot: null });
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push([url, JSON.parse(init.body as string)]);
    return Promise.resolve(answer());
  });
  liveCalls.set([live("a"), live("b")]);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  liveCalls.set([]);
  toasts.set([]);
  failures.clear();
  records.clear();
  for (const id of fates.get().keys()) clearFate(id);
});

const refusal = (code: string, status: number) => () =>
  Response.json({ error: { code, message: "" } }, { status });
const said = (): string[] => toasts.get().map((toast) => toast.text);

test("a call of several goes on as a meeting, to which this page goes over", async () => {
  const by = { user_id: "@anna:localhost", name: "Anna", number: "201" };
  const meeting = { id: "m1", room_id: "!m", title: "Anna, Bruno", by };
  answer = () => Response.json({ call_id: "a", slot: null, meeting });
  await meet("m-a");
  expect(asked).toEqual([["/api/v1/calls/a/commands", { action: "meet" }]]);
  expect(goingOver.get()).toEqual({ callId: "m-a", meeting });
  const fate = fates.get().get("m-a")!;
  expect([fateWords(fate, false), fateWords(fate, true)]).toEqual([
    "Going on as a meeting…",
    "Goes on as a meeting",
  ]);
  goingOver.set(null);
});

test("a call that cannot meet stays what it is, and says why", async () => {
  answer = refusal("meeting_not_possible", 503);
  await meet("m-a");
  expect(goingOver.get()).toBeNull();
  expect(fates.get().size).toBe(0);
  expect(said()).toEqual(["This call cannot go on as a meeting now. It is what it was."]);
});

test("a call goes to somebody by the house's name of it, and says so meanwhile", async () => {
  const given = transfer("m-a", CHIARA);
  expect(fates.get().get("m-a")).toEqual({ kind: "transfer", name: "Chiara", slot: null });
  expect(await given).not.toBeNull();
  expect(asked).toEqual([["/api/v1/calls/a/commands", { action: "transfer", to: "203" }]]);
});

test("a refusal is told in words, and the call is what it was", async () => {
  answer = refusal("target_not_reachable", 409);
  expect(await transfer("m-a", CHIARA)).toBeNull();
  expect(fates.get().size).toBe(0);
  expect(said()).toEqual(["Nobody answered: the call has stayed with you."]);
});

test("an announced transfer names both calls, and a refusal frees both", async () => {
  answer = refusal("not_possible_now", 409);
  const given = completeTransfer("m-a", "m-b", "Chiara");
  expect([...fates.get().keys()].toSorted()).toEqual(["m-a", "m-b"]);
  await given;
  expect(asked).toEqual([["/api/v1/calls/a/commands", { action: "transfer", consult: "b" }]]);
  expect(fates.get().size).toBe(0);
});

test("the slot of a parked call is kept for its receipt", async () => {
  answer = () => Response.json({ call_id: "a", slot: "71" });
  await park("m-a");
  const fate = fates.get().get("m-a");
  expect(fate && fateWords(fate, true)).toBe("Parked at 71");
});

test("a call of which the house has not told yet is waited for, and not for ever", async () => {
  liveCalls.set([]);
  const given = transfer("m-c", CHIARA);
  liveCalls.set([live("c")]);
  await given;
  expect(asked[0]?.[0]).toBe("/api/v1/calls/c/commands");
  vi.useFakeTimers();
  const lost = transfer("m-d", CHIARA);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await lost).toBeNull();
  expect(said()).toEqual(["This call is over already."]);
});

test("a call that the house has carried out but left here is a call again", async () => {
  vi.useFakeTimers();
  await transfer("m-a", CHIARA);
  await vi.advanceTimersByTimeAsync(124_999);
  expect(fates.get().has("m-a")).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(fates.get().has("m-a")).toBe(false);
  expect(failures.size).toBe(0);
});

test.each([
  ["busy", "Chiara is busy: the call has stayed with you."],
  ["missed", "Chiara did not answer: the call has stayed with you."],
  ["rejected", "Chiara declined: the call has stayed with you."],
  ["unreachable", "Chiara was not reached: the call has stayed with you."],
] as const)(
  "a transfer that ends as %s after it rang is told, and the call is what it was",
  async (how, words) => {
    const call = new FakeCall(snapshot({ id: "m-a", phase: "connected", connectedAt: 1 }));
    calls.adopt(call);
    await transfer("m-a", CHIARA);
    fails("b", how);
    expect(fates.get().has("m-a")).toBe(true);
    fails("a", how);
    await vi.waitFor(() => expect(said()).toEqual([words]));
    expect(fates.get().size + failures.size).toBe(0);
    call.change({ phase: "ended", endReason: "hung-up" });
  },
);

test("a transfer that the other side does not wait for says nothing, and was none", async () => {
  await transfer("m-a", CHIARA);
  fails("a", "cancelled");
  await vi.waitFor(() => expect(fates.get().size).toBe(0));
  expect(said()).toEqual([]);
});

test("what is refused at once is told once", async () => {
  answer = () => {
    fails("a", "busy");
    return refusal("target_not_reachable", 409)();
  };
  await transfer("m-a", CHIARA);
  expect(said()).toEqual(["Nobody answered: the call has stayed with you."]);
  expect(failures.size).toBe(0);
});

test("a call of another device is moved here, a parked one picked up", async () => {
  expect(await takeHere(live("d", { on: "desk_phone" }))).toBe(true);
  expect(await takeHere(live("e", { state: "parked", slot: "71" }))).toBe(true);
  expect(asked).toEqual([
    ["/api/v1/calls/d/commands", { action: "move", to: "here" }],
    ["/api/v1/calls/pick-up", { slot: "71", to: "here" }],
  ]);
});

test("a call on the desk phone waits and goes on, and is resumed there where it was held there", async () => {
  const there = live("d", { on: "desk_phone" });
  await holdThere(there, true);
  answer = refusal("not_possible_now", 409);
  await holdThere(there, false);
  await holdThere(there, true);
  expect(asked.map(([, command]) => command)).toEqual([
    { action: "hold" },
    { action: "resume" },
    { action: "hold" },
  ]);
  expect(said()).toEqual([
    "The desk phone itself put the call on hold: resume it there.",
    "That cannot be done with this call right now.",
  ]);
});

test("what rings for a colleague is taken to this page, unless it is over", async () => {
  const peer = { user_id: null, name: "", number: "+390669882" };
  const call = { call_id: "r", callee: { ...peer, name: "Chiara" }, peer, since: 0 };
  expect(await takeRinging(call)).toBe(true);
  expect(asked).toEqual([["/api/v1/calls/pick-up", { call_id: "r", to: "here" }]]);
  answer = refusal("call_not_found", 404);
  expect(await takeRinging(call)).toBe(false);
  expect(said()).toEqual(["This call is over already."]);
});

function here(id: string, heldByUs = false): FakeCall {
  const call = new FakeCall(
    snapshot({ id, phase: heldByUs ? "held" : "connected", connectedAt: 1, heldByUs }),
  );
  calls.adopt(call);
  return call;
}

const party = (id: string) => ({ user_id: `@${id}:localhost`, name: id, number: null });
const members = (...state: ("calling" | "talking")[]) =>
  state.map((each, index) => ({ party: party(`${index}`), state: each }));

/** The house's call to Chiara ends. */
function calledChiara(outcome: Failed["outcome"]): void {
  const peer = { user_id: CHIARA.userId, name: "Chiara", number: "203" };
  const call = { direction: "outbound", peer, ended_at: 9, answered_at: null, outcome };
  for (const listener of [...records]) listener({ call } as ServerEvents["calls"]);
}

test("somebody is called into a call, and told of when they have come", async () => {
  const call = here("m-a");
  await add("m-a", CHIARA);
  expect(asked[0]).toEqual(["/api/v1/calls/a/commands", { action: "add", to: "203" }]);
  liveCalls.set([live("a", { members: members("talking", "calling") })]);
  expect(fates.get().get("m-a")?.kind).toBe("add");
  liveCalls.set([live("a", { members: members("talking", "talking") })]);
  await vi.waitFor(() => expect(said()).toEqual(["Chiara is in the call."]));
  expect(fates.get().size).toBe(0);
  call.hangUp();
});

test("one more is told of in a call of several", async () => {
  const call = here("m-a");
  liveCalls.set([live("a", { members: members("talking", "talking") })]);
  await add("m-a", CHIARA);
  liveCalls.set([live("a", { members: members("talking", "talking", "calling") })]);
  expect(fates.get().size).toBe(1);
  liveCalls.set([live("a", { members: members("talking", "talking", "talking") })]);
  await vi.waitFor(() => expect(said()).toEqual(["Chiara is in the call."]));
  call.hangUp();
});

test("who does not come is told of, and the call goes on", async () => {
  const call = here("m-a");
  await add("m-a", CHIARA);
  calledChiara("missed");
  await vi.waitFor(() => expect(said()).toEqual(["Chiara did not answer: the call goes on as it was."]));
  expect(fates.get().size + records.size).toBe(0);
  call.hangUp();
});

test("nobody is waited for whom the house does not call", async () => {
  answer = refusal("not_allowed", 403);
  expect(await add("m-a", CHIARA)).toBeNull();
  expect(records.size).toBe(0);
});

test.each([
  ["m-a", "m-b"],
  ["m-b", "m-a"],
])("of two calls that become one, %s and %s, the one that is on hold ends", async (one, other) => {
  const [held, talks] = [here("m-a", true), here("m-b")];
  await merge(one, other);
  expect(asked).toEqual([["/api/v1/calls/b/commands", { action: "merge", with: "a" }]]);
  expect([...fates.get().keys()]).toEqual(["m-a"]);
  expect(talks.told).toEqual([]);
  for (const call of [held, talks]) call.hangUp();
});

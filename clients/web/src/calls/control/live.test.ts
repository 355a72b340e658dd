import { expect, test, vi } from "vitest";
import type { LiveCall, RingingCall } from "../../api/calls";
import type { ServerEvents } from "../../api/types";
import { FakeCall, snapshot } from "../fakeCall";
import { calls } from "../manager";
import { elsewhere, followLiveCalls, liveCalls, liveOf, ringingNear, talkingSince } from "./live";

type Near = ServerEvents["ringing_near"];
const told = vi.hoisted(() => new Map<string, (event: never) => void>());
vi.mock("../../api/events", () => ({
  onServerEvent: (kind: string, listener: (event: never) => void) => {
    told.set(kind, listener);
    return () => told.delete(kind);
  },
  onServerEventsOpen: () => () => undefined,
}));

function live(id: string, extra: Partial<LiveCall> = {}): LiveCall {
  return {
    call_id: id,
    direction: "inbound",
    peer: { user_id: null, name: "", number: "+390669882" },
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

test("a call of the page is found among the house's by its Matrix id", () => {
  const mine = live("a");
  expect(liveOf(snapshot({ matrixCallId: "m-a" }), [live("b"), mine])).toBe(mine);
  expect(liveOf(snapshot({ matrixCallId: "m-c" }), [live("b"), mine])).toBeUndefined();
});

test("the clock of a call that I have brought here goes on, that of any other begins with its answer", () => {
  const here = snapshot({ matrixCallId: "m-a", startedAt: 100_000, connectedAt: 103_000 });
  const since = (extra: Partial<LiveCall>): number | null => talkingSince(here, [live("a", extra)]);
  expect(since({ since: 40_000 })).toBe(40_000);
  expect(since({ since: 102_500 })).toBe(103_000);
  expect(since({ since: 40_000, state: "ringing" })).toBe(103_000);
  expect(talkingSince(here, [])).toBe(103_000);
  expect(talkingSince({ ...here, connectedAt: null }, [live("a", { since: 40_000 })])).toBeNull();
});

test.each<[string, LiveCall, boolean]>([
  ["on my desk phone", live("a", { on: "desk_phone", matrix_call_id: null }), true],
  ["that went from here to my desk phone", live("a", { on: "desk_phone", matrix_call_id: "m-here" }), true],
  ["in another client of mine", live("a"), true],
  ["of this page", live("a", { matrix_call_id: "m-here" }), false],
  ["that is parked, wherever it was before", live("a", { state: "parked", matrix_call_id: "m-here" }), true],
  ["that rings for me", live("a", { state: "ringing", on: null }), false],
])("a call %s", (_name, call, expected) => {
  expect(elsewhere([call], new Set(["m-here"]))).toEqual(expected ? [call] : []);
});

test("a call that was transferred is with whom the house says it is, a name that is better known is kept", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ calls: [], ringing_near: [] })));
  const stop = followLiveCalls();
  const peer = { userId: "@_tel_+390669882:localhost", name: "Ferramenta", number: "+390669882" };
  const call = new FakeCall(snapshot({ id: "a", matrixCallId: "m-a", peer, phase: "connected" }));
  calls.adopt(call);
  const now = (of: LiveCall["peer"]): string => {
    liveCalls.set([live("a", { peer: of })]);
    return call.snapshot().peer.name;
  };
  expect(now({ user_id: null, name: "", number: "+390669882" })).toBe("Ferramenta");
  expect(now({ user_id: null, name: "", number: null })).toBe("Ferramenta");
  expect(now({ user_id: "@chiara:localhost", name: "Chiara", number: "203" })).toBe("Chiara");
  expect(now({ user_id: null, name: "", number: "+390669883" })).toBe("+390669883");
  // Somebody was added: all are named, whoever was known by a name with that.
  const member = (number: string, state: "calling" | "talking") => ({
    party: { user_id: null, name: "", number },
    state,
  });
  const several = [member("+390669882", "talking"), member("+390669884", "talking")];
  liveCalls.set([live("a", { members: [...several, member("+390669885", "calling")] })]);
  expect(call.snapshot().peer).toEqual({ userId: null, number: null, name: "Ferramenta, +390669884" });
  expect(now({ user_id: null, name: "", number: "+390669884" })).toBe("+390669884");
  call.change({ phase: "ended", endReason: "hung-up" });
  stop();
  vi.unstubAllGlobals();
});

test("what rings near me is what the house last told of each colleague", async () => {
  const rings = (id: string, callee: string, since: number): RingingCall => ({
    call_id: id,
    callee: { user_id: callee, name: callee, number: null },
    peer: { user_id: null, name: "", number: "+390669882" },
    since,
  });
  let answer: (body: unknown) => void = () => undefined;
  vi.stubGlobal("fetch", () => new Promise((resolve) => (answer = (body) => resolve(Response.json(body)))));
  const stop = followLiveCalls();
  const tell = (event: Near): void => (told.get("ringing_near") as (event: Near) => void)(event);
  const seen = (): string[] => ringingNear.get().map((call) => call.call_id);
  tell({ user_id: "bruno", calls: [rings("b", "bruno", 2)] });
  answer({ calls: [live("mine")], ringing_near: [] });
  await vi.waitFor(() => expect(liveCalls.get()).toHaveLength(1));
  expect(seen()).toEqual(["b"]); // what was told is newer than the answer
  tell({ user_id: "chiara", calls: [rings("c", "chiara", 1)] });
  expect(seen()).toEqual(["c", "b"]);
  tell({ user_id: "bruno", calls: [] });
  expect(seen()).toEqual(["c"]);
  stop();
  expect(seen()).toEqual([]);
  vi.unstubAllGlobals();
});

import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { FakeCall, snapshot } from "./fakeCall";
import { CallManager, CallsNotReady } from "./manager";

const BRUNO = { userId: "@bruno:localhost", name: "Bruno", number: "202" };
const PLACEMENT = { roomId: "!room:localhost", peer: BRUNO, video: false };

let manager: CallManager;
const phases = (): string[] => manager.store.get().calls.map((call) => `${call.id} ${call.phase}`);

function incoming(id: string): FakeCall {
  const call = new FakeCall(snapshot({ id }));
  manager.adopt(call);
  return call;
}

beforeEach(() => {
  manager = new CallManager();
});

describe("the calls of a device", () => {
  test("an incoming call rings and is answered", async () => {
    incoming("a");
    expect(manager.ringing()?.id).toBe("a");
    await manager.answer("a", false);
    expect(phases()).toEqual(["a connected"]);
    expect(manager.ringing()).toBeUndefined();
  });

  test("answering a second call puts the first on hold", async () => {
    const first = incoming("a");
    await manager.answer("a", false);
    incoming("b");
    expect(phases()).toEqual(["a connected", "b ringing-in"]);
    await manager.answer("b", false);
    expect(first.told).toEqual(["answer", "hold"]);
    expect(phases()).toEqual(["a held", "b connected"]);
  });

  test("resuming one call holds the other", async () => {
    const [first, second] = [incoming("a"), incoming("b")];
    await manager.answer("a", false);
    await manager.answer("b", false);
    manager.setHeld("a", false);
    expect(first.snapshot().phase).toBe("connected");
    expect(second.snapshot().phase).toBe("held");
  });

  test("a call that rings meanwhile is left ringing", async () => {
    incoming("a");
    const second = incoming("b");
    await manager.answer("a", false);
    expect(second.told).toEqual([]);
  });

  test("a call that rings is forgotten with its connection, and rings again with the next", async () => {
    const first = new FakeCall(snapshot({ id: "a" }));
    manager.adopt(first);
    manager.adopt(new FakeCall(snapshot({ id: "b", phase: "connected" })));
    manager.forgetRinging("a");
    manager.forgetRinging("b");
    expect(phases()).toEqual(["b connected"]);
    const again = new FakeCall(snapshot({ id: "a" }));
    manager.adopt(again);
    await manager.answer("a", false);
    expect(again.told).toContain("answer");
    expect(first.told).toEqual([]);
    expect(manager.store.get().notices).toEqual([]);
  });

  test("calling somebody holds the call in progress", async () => {
    const first = incoming("a");
    await manager.answer("a", false);
    manager.usePlacer(() => Promise.resolve(new FakeCall(snapshot({ id: "c", phase: "ringing-out" }))));
    await manager.place(PLACEMENT);
    expect(first.told).toContain("hold");
    expect(phases()).toEqual(["a held", "c ringing-out"]);
  });

  test("who calls before the connection stands is put through once it does, and once only", async () => {
    const placed = manager.place(PLACEMENT);
    await expect(manager.place(PLACEMENT)).rejects.toThrow(CallsNotReady);
    manager.usePlacer(() => Promise.resolve(new FakeCall(snapshot({ id: "c", phase: "ringing-out" }))));
    await placed;
    expect(phases()).toEqual(["c ringing-out"]);
  });

  test("a call that waits for the connection ends with the session: the next one may be another person's", async () => {
    const refused = manager.place(PLACEMENT).catch((error: unknown) => error);
    await manager.endAll();
    manager.usePlacer(() => Promise.resolve(new FakeCall(snapshot({ id: "c", phase: "ringing-out" }))));
    expect(await refused).toBeInstanceOf(CallsNotReady);
    expect(phases()).toEqual([]);
  });

  test("nobody can be called when the connection does not come", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const refusal = manager.place(PLACEMENT).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await refusal).toBeInstanceOf(CallsNotReady);
  });

  test("a missed call leaves a notice, a conversation a receipt, until they are dismissed", async () => {
    incoming("a").change({ phase: "ended", endReason: "missed" });
    const second = incoming("b");
    await manager.answer("b", false);
    second.change({ phase: "ended", endReason: "peer-hung-up" });
    expect(manager.store.get().calls).toEqual([]);
    const worded = () =>
      [manager.store.get().notices, manager.store.get().receipts].map((of) => of.map(({ id }) => id));
    expect(worded()).toEqual([["a"], ["b"]]);
    manager.dismiss("a");
    expect(worded()).toEqual([[], ["b"]]);
    manager.dismiss("b");
    expect(worded()).toEqual([[], []]);
  });

  test("the full-size view closes with its call", async () => {
    const call = incoming("a");
    await manager.answer("a", true);
    expect(manager.store.get().expanded).toBe("a");
    call.hangUp();
    expect(manager.store.get().expanded).toBeNull();
  });

  test("only a call in progress keeps the page from closing; closing abandons all", async () => {
    const call = incoming("a");
    expect(manager.engaged()).toBe(false);
    await manager.answer("a", false);
    expect(manager.engaged()).toBe(true);
    manager.abandonAll();
    expect(call.told).toContain("abandon");
  });

  test("the end of the session closes all calls, after telling the other side", async () => {
    const spoken = incoming("a");
    await manager.answer("a", false);
    const ringing = incoming("b");
    await manager.endAll();
    expect(spoken.told).toEqual(["answer", "abandon", "hang up"]);
    expect(ringing.told).not.toContain("reject");
  });
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeCall, snapshot } from "../fakeCall";
import { calls } from "../manager";
import { consults, followConsults } from "./consults";

let held: FakeCall;
let announced: FakeCall;
let stop: () => void;

beforeEach(() => {
  stop = followConsults();
  held = new FakeCall(snapshot({ id: "a", phase: "held", heldByUs: true, connectedAt: 1 }));
  announced = new FakeCall(snapshot({ id: "b", direction: "outbound", phase: "ringing-out" }));
  calls.adopt(held);
  calls.adopt(announced);
  consults.set(new Map([["b", "a"]]));
});

afterEach(() => {
  stop();
  for (const call of [held, announced]) call.change({ phase: "ended", endReason: "hung-up" });
});

test("who waits for a transfer comes back when its announcement is over", () => {
  announced.change({ phase: "ended", endReason: "declined" });
  expect(held.told).toEqual(["resume"]);
  expect(consults.get().size).toBe(0);
});

test("who waits goes on waiting while another conversation goes on", () => {
  const other = new FakeCall(snapshot({ id: "c", phase: "connected" }));
  calls.adopt(other);
  announced.change({ phase: "ended", endReason: "declined" });
  expect(held.told).toEqual([]);
  other.change({ phase: "ended", endReason: "hung-up" });
});

test("nothing is brought back when who waited has gone", () => {
  held.change({ phase: "ended", endReason: "peer-hung-up" });
  expect(consults.get().size).toBe(0);
  announced.change({ phase: "connected" });
  expect(announced.told).toEqual([]);
});

import { expect, test } from "vitest";
import { call, declinedBy, giveUp, joined, unreached } from "./callees";

const ringed = (userIds: string[], notificationId: string, endsAt: number) => ({
  roomId: "!r",
  userIds,
  notificationId,
  endsAt,
});
const begun = call(null, ringed(["@a:x", "@b:x", "@c:x"], "$n", 100));
const there = (...userIds: string[]) => ({ roomId: "!r", userIds, elsewhere: false, here: true, since: 0 });
const states = (state: ReturnType<typeof giveUp>) => state?.people.map((callee) => callee.state);

test("one comes, one declines, one does not answer", () => {
  let state = joined(begun, there("@me:x", "@a:x"));
  state = declinedBy(state, "$n", "@b:x");
  expect(giveUp(state, 99)).toBe(state);
  state = giveUp(state, 100);
  expect(states(state)).toEqual(["joined", "declined", "no-answer"]);
  expect(unreached(state).map((callee) => callee.userId)).toEqual(["@b:x", "@c:x"]);
});

test("who comes late has come", () => {
  const late = joined(giveUp(begun, 200), there("@c:x"));
  expect(states(late)).toEqual(["no-answer", "no-answer", "joined"]);
});

test("a decline of another call, or after joining, changes nothing", () => {
  expect(declinedBy(begun, "$other", "@a:x")).toBe(begun);
  const inside = joined(begun, there("@a:x"));
  expect(declinedBy(inside, "$n", "@a:x")).toBe(inside);
});

test("nobody was called: nothing to tell", () => {
  expect(joined(null, undefined)).toBeNull();
  expect(giveUp(null, 1)).toBeNull();
  expect(unreached(null)).toEqual([]);
});

test("who is rung again rings, the others stay as they are", () => {
  const over = giveUp(joined(begun, there("@a:x")), 100);
  const again = call(over, ringed(["@c:x"], "$2", 200));
  expect(again.people).toEqual([
    { userId: "@a:x", state: "joined" },
    { userId: "@b:x", state: "no-answer" },
    { userId: "@c:x", state: "ringing" },
  ]);
});

import { expect, test } from "vitest";
import { callOf, withCall } from "./roomCalls";

const ME = { userId: "@me:localhost", deviceId: "HERE" };
const member = (userId: string, deviceId: string, since: number) => ({ userId, deviceId, since });

test("a call counts people, not devices, in the order of their coming", () => {
  const call = callOf("!r", [member("@b:x", "2", 20), member("@a:x", "1", 10), member("@a:x", "3", 30)], ME);
  expect(call).toEqual({
    roomId: "!r",
    userIds: ["@a:x", "@b:x"],
    elsewhere: false,
    here: false,
    since: 10,
  });
});

test("it tells where I am in it", () => {
  expect(callOf("!r", [member(ME.userId, "HERE", 1)], ME)).toMatchObject({ here: true, elsewhere: false });
  expect(callOf("!r", [member(ME.userId, "OTHER", 1)], ME)).toMatchObject({ here: false, elsewhere: true });
});

test("nobody is no call", () => {
  expect(callOf("!r", [], ME)).toBeNull();
});

test("what did not change keeps its map", () => {
  const call = callOf("!r", [member("@a:x", "1", 10)], ME);
  const first = withCall(new Map(), "!r", call);
  expect(first.get("!r")).toBe(call);
  expect(withCall(first, "!r", callOf("!r", [member("@a:x", "1", 10)], ME))).toBe(first);
  expect(withCall(first, "!other", null)).toBe(first);
  expect(withCall(first, "!r", null).size).toBe(0);
});

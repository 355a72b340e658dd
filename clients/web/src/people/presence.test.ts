import { expect, test } from "vitest";
import { availability, readPresence } from "./presence";

test.each([
  ["online", "online"],
  ["unavailable", "unavailable"],
  ["org.matrix.msc3026.busy", "busy"],
  ["busy", "busy"],
  ["offline", "offline"],
  ["something new", "offline"],
])("the homeserver's %s is %s", (wire, state) => {
  expect(readPresence({ presence: wire, status_msg: "" })).toEqual({ state, message: null });
});

test("a status text is kept", () => {
  expect(readPresence({ presence: "online", status_msg: "in Milano" }).message).toBe("in Milano");
});

test.each([
  ["online", "available"],
  ["unavailable", "away"],
  ["busy", "busy"],
  ["offline", "offline"],
] as const)("who is no colleague is as their Matrix client says: %s is %s", (state, shown) => {
  expect(availability({ state, message: null }, undefined)).toBe(shown);
});

test("of a colleague the house has the word", () => {
  const person = { state: "do_not_disturb" } as const;
  expect(availability({ state: "online", message: null }, person)).toBe("do_not_disturb");
});

test("nothing known is offline", () => {
  expect(availability(undefined, undefined)).toBe("offline");
});

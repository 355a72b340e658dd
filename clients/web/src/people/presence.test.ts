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
  ["online", false, "available"],
  ["unavailable", false, "away"],
  ["busy", false, "busy"],
  ["offline", false, "offline"],
  ["offline", true, "on_the_phone"],
  ["online", true, "on_the_phone"],
] as const)("%s with a call %s is shown as %s", (state, onThePhone, shown) => {
  expect(availability({ state, message: null }, onThePhone)).toBe(shown);
});

test("nothing known is offline", () => {
  expect(availability(undefined, false)).toBe("offline");
});

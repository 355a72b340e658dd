import { expect, test } from "vitest";
import { handOf, kindOf, plainName, userOf } from "./identity";

test.each([
  ["@anna:localhost:ABC", "@anna:localhost"],
  ["@anna:example.org:8448:ABC", "@anna:example.org:8448"],
  ["9hfoZ0sm", null],
  ["@anna:localhost", null],
])("the person of %s is %s", (identity, userId) => {
  expect(userOf(identity)).toBe(userId);
});

test.each([
  ["@anna:localhost:A", undefined, "member"],
  ["@anna:localhost:A", "phone", "phone"],
  ["@_guest_1:localhost:GUEST", undefined, "guest"],
  ["@_guest_1:localhost:GUEST", "member", "guest"],
  ["@_tel_+39061:localhost:1", "", "phone"],
  ["hash", "nonsense", "member"],
])("%s with the attribute %j is a %s", (identity, attribute, kind) => {
  expect(kindOf(identity, attribute)).toBe(kind);
});

test("an identity gives a name of last resort", () => {
  expect(plainName("@anna.bianchi:localhost:A")).toBe("anna.bianchi");
  expect(plainName("hash")).toBe("hash");
});

test.each([
  ["1700000000000", 1_700_000_000_000],
  ["", null],
  [undefined, null],
  ["up", null],
  ["-1", null],
])("a hand %j was raised at %s", (attribute, at) => {
  expect(handOf(attribute)).toBe(at);
});

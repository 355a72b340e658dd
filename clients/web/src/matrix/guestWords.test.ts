import { expect, test } from "vitest";
import { guestContent, readGuestWords } from "./guestWords";

const SAID = { id: "a-1", identity: "@_guest_7:localhost:8448:GUEST", name: "Carla", body: "good: morning" };
const content = guestContent(SAID, "Carla (guest)");

test("a guest's words are read as they were written, and other clients see who said them", () => {
  expect(content.body).toBe("Carla (guest): good: morning");
  expect(readGuestWords(content)).toEqual({
    key: "@_guest_7:localhost:8448:GUEST a-1",
    id: "a-1",
    identity: "@_guest_7:localhost:8448:GUEST",
    userId: "@_guest_7:localhost:8448",
    name: "Carla",
    body: "good: morning",
  });
});

const FIELD = "org.unisono.guest";
test.each([
  ["an ordinary message", { msgtype: "m.text", body: "hello" }],
  ["a colleague's", { ...content, [FIELD]: { ...(content[FIELD] as object), identity: "@bruno:x:B" } }],
  ["without a name", { ...content, [FIELD]: { ...(content[FIELD] as object), name: undefined } }],
  ["of a long name", { ...content, [FIELD]: { ...(content[FIELD] as object), name: "x".repeat(201) } }],
  ["said otherwise to other clients", { ...content, body: "something else" }],
  ["nonsense", { body: 7, [FIELD]: [] }],
  ["null", { body: "x", [FIELD]: null }],
])("no guest's words: %s", (_what, other) => {
  expect(readGuestWords(other)).toBeNull();
});

import { expect, test } from "vitest";
import { parseDoor, parsePath, paths } from "./routes";

test.each([
  ["/", { section: "home", roomId: null }],
  ["", { section: "home", roomId: null }],
  ["/nowhere", { section: "home", roomId: null }],
  ["/chat", { section: "chat", roomId: null }],
  ["/contacts", { section: "contacts", roomId: null }],
  ["/calls", { section: "calls", roomId: null }],
  ["/calls/voicemail", { section: "calls", roomId: null, page: "voicemail" }],
  ["/keypad", { section: "keypad", roomId: null }],
  ["/phonebook", { section: "phonebook", roomId: null }],
  ["/favourites", { section: "favourites", roomId: null }],
  ["/administration/lines", { section: "administration", roomId: null, page: "lines" }],
  ["/settings/security", { section: "settings", roomId: null, page: "security" }],
  ["/meetings", { section: "meetings", roomId: null }],
  ["/meetings/room", { section: "meetings", roomId: null }],
  ["/chat/%E0%A4%A", { section: "chat", roomId: null }],
])("the address %j", (path, route) => {
  expect(parsePath(path)).toEqual(route);
});

test("a room's address gives its id back, whatever is in it", () => {
  const roomId = "!a/b?c#d%20é:localhost:8008";
  expect(parsePath(paths.room(roomId))).toEqual({ section: "chat", roomId });
  expect(parsePath(paths.meeting(roomId))).toEqual({ section: "meetings", roomId });
});

test.each([
  ["/invitation?token=a_b-c", { page: "invitation", token: "a_b-c" }],
  ["/invitation", { page: "invitation", token: "" }],
  ["/new-password?token=x", { page: "new-password", token: "x" }],
  ["/forgotten", { page: "forgotten" }],
  ["/outbox", { page: "outbox" }],
  ["/sign-in?oidc=123", { page: "sign-in", oidc: "123" }],
  ["/join/a_b-c", { page: "join", token: "a_b-c", secret: null }],
  ["/join/a_b-c/k3y", { page: "join", token: "a_b-c", secret: "k3y" }],
  ["/join", null],
  ["/sign-in?refused=invalid_client", { page: "refused", reason: "invalid_client" }],
  ["/sign-in", null],
  ["/", null],
  ["/chat/!a?token=x", null],
])("in front of the product the address %j shows %j", (address, door) => {
  expect(parseDoor(address)).toEqual(door);
});

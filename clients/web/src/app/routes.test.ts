import { expect, test } from "vitest";
import { parsePath, paths } from "./routes";

test.each([
  ["/", { section: "home", roomId: null }],
  ["", { section: "home", roomId: null }],
  ["/nowhere", { section: "home", roomId: null }],
  ["/chat", { section: "chat", roomId: null }],
  ["/contacts", { section: "contacts", roomId: null }],
  ["/calls", { section: "calls", roomId: null }],
  ["/keypad", { section: "keypad", roomId: null }],
  ["/chat/%E0%A4%A", { section: "chat", roomId: null }],
])("the address %j", (path, route) => {
  expect(parsePath(path)).toEqual(route);
});

test("a room's address gives its id back, whatever is in it", () => {
  const roomId = "!a/b?c#d%20é:localhost:8008";
  expect(parsePath(paths.room(roomId))).toEqual({ section: "chat", roomId });
});

import { expect, test } from "vitest";
import type { Arrangement } from "../session/types";
import { NO_ROOMS, roomName, sentTo } from "./places";

const divided = (mine: string | null, ...ids: string[]): Arrangement => ({
  ...NO_ROOMS,
  mine,
  rooms: ids.map((id) => ({ id, name: `Room ${id}`, people: [], inside: [] })),
});

test.each<[string, Arrangement, Arrangement, string | null, string | null | undefined]>([
  ["rooms open, and one belongs in one", NO_ROOMS, divided("a", "a", "b"), null, "a"],
  ["rooms open for others", NO_ROOMS, divided(null, "a", "b"), null, undefined],
  ["one is put elsewhere", divided("a", "a", "b"), divided("b", "a", "b"), "a", "b"],
  ["one is fetched back", divided("a", "a", "b"), divided(null, "a", "b"), "a", null],
  ["all are closed", divided("a", "a", "b"), NO_ROOMS, "a", null],
  ["another is put elsewhere", divided("a", "a", "b"), divided("a", "a", "b"), "a", undefined],
  ["one had gone to the main room", divided("a", "a", "b"), divided("a", "a", "b"), null, undefined],
  ["a moderator looks in elsewhere", divided(null, "a", "b"), divided(null, "a", "b"), "b", undefined],
  ["the room of a visit closes", divided("a", "a", "b"), divided("a", "a"), "b", "a"],
  ["one is already there", divided(null, "a"), divided("a", "a"), "a", undefined],
])("%s", (_, before, after, place, to) => {
  expect(sentTo(before, after, place)).toBe(to);
});

test("rooms have names, the main room and one that is gone have none", () => {
  expect(roomName(divided("a", "a"), "a")).toBe("Room a");
  expect(roomName(divided("a", "a"), null)).toBeNull();
  expect(roomName(divided("a", "a"), "x")).toBeNull();
});

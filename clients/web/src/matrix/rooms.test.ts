import { describe, expect, test } from "vitest";
import { countUnread, filterRooms, ghostNumber, sortRooms, type RoomSummary } from "./rooms";

const room = (change: Partial<RoomSummary>): RoomSummary => ({
  roomId: "!r:localhost",
  name: "Room",
  membership: "join",
  otherUserId: null,
  inviter: null,
  unread: 0,
  mentioned: false,
  lastTs: 0,
  last: null,
  memberCount: 2,
  encrypted: false,
  mayEncrypt: false,
  ...change,
});

describe("the order of the list", () => {
  test("is newest first, with invitations on top, then by name", () => {
    const list = [
      room({ name: "old", lastTs: 1 }),
      room({ name: "invitation", membership: "invite" }),
      room({ name: "new", lastTs: 9 }),
      room({ name: "empty b" }),
      room({ name: "empty a" }),
    ];
    const names = sortRooms(list).map((each) => each.name);
    expect(names).toEqual(["invitation", "new", "old", "empty a", "empty b"]);
  });
});

describe("the unread badge", () => {
  test("counts messages, and an invitation as one", () => {
    const list = [room({ unread: 3 }), room({ unread: 0 }), room({ membership: "invite", unread: 7 })];
    expect(countUnread(list)).toBe(4);
  });
});

describe("the filter", () => {
  const list = [room({ name: "Élena Bassi" }), room({ name: "Consegne Milano" })];
  test.each([
    ["", 2],
    ["elena", 1],
    ["BASSI el", 1],
    ["milano roma", 0],
  ])("%j finds %i rooms", (filter, found) => {
    expect(filterRooms(list, filter)).toHaveLength(found);
  });
});

test.each([
  ["@_tel_+390698765432:localhost", "+390698765432"],
  ["@_tel_anonymous:localhost", "anonymous"],
  ["@anna:localhost", null],
  [null, null],
])("the number behind %s is %s", (userId, number) => {
  expect(ghostNumber(userId)).toBe(number);
});

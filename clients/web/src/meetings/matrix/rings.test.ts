import { describe, expect, test } from "vitest";
import type { Notified } from "./notification";
import { audible, begin, end, expire, follow, nextExpiry, NO_RINGS, type Rings } from "./rings";
import type { RoomCall } from "./roomCalls";

const notified: Notified = {
  id: "$1",
  roomId: "!r",
  sender: "@anna:x",
  ring: true,
  video: true,
  endsAt: 100,
};
const call = (more: Partial<RoomCall> = {}): RoomCall => ({
  roomId: "!r",
  userIds: ["@anna:x"],
  elsewhere: false,
  here: false,
  since: 1,
  ...more,
});
const calls = (...all: RoomCall[]) => new Map(all.map((each) => [each.roomId, each]));
const ringing = (): Rings => begin(NO_RINGS, notified, call());

describe("a meeting rings", () => {
  test("when I am called", () => {
    expect(ringing().ringing.map((ring) => ring.id)).toEqual(["$1"]);
  });

  test.each([
    ["only told of", { ...notified, ring: false }, undefined],
    ["joined here already", notified, call({ here: true })],
    ["joined on another device", notified, call({ elsewhere: true })],
  ])("but not when it is %s", (_, news, known) => {
    expect(begin(NO_RINGS, news, known)).toBe(NO_RINGS);
  });

  test("once for one room", () => {
    const again = begin(ringing(), { ...notified, id: "$2" }, call());
    expect(again.ringing.map((ring) => ring.id)).toEqual(["$2"]);
    expect(begin(again, { ...notified, id: "$2" }, call())).toBe(again);
  });
});

describe("it stops", () => {
  test("when I answer on another device, and is not missed", () => {
    const after = follow(ringing(), calls(call({ elsewhere: true })));
    expect(after).toEqual(NO_RINGS);
  });

  test("when all have gone: then it was missed", () => {
    const after = follow(ringing(), calls());
    expect(after.ringing).toEqual([]);
    expect(after.missed?.id).toBe("$1");
  });

  test("but before its call was seen it neither rings nor is missed", () => {
    const early = begin(NO_RINGS, notified, undefined);
    expect(follow(early, calls())).toBe(early);
    expect(audible(early)).toEqual([]);
    expect(expire(early, 100)).toEqual(NO_RINGS);
    const seen = follow(early, calls(call()));
    expect(audible(seen)).toBe(seen.ringing);
    expect(follow(seen, calls()).ringing).toEqual([]);
  });

  test("when its time is over", () => {
    const state = ringing();
    expect(nextExpiry(state)).toBe(100);
    expect(expire(state, 99)).toBe(state);
    expect(expire(state, 100).missed?.id).toBe("$1");
    expect(nextExpiry(NO_RINGS)).toBeNull();
  });

  test.each(["answered", "declined"] as const)("when it is %s, and is not missed", (why) => {
    expect(end(ringing(), "$1", why)).toEqual(NO_RINGS);
    expect(end(NO_RINGS, "$1", why)).toBe(NO_RINGS);
  });
});

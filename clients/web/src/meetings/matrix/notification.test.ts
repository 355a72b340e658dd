import { expect, test } from "vitest";
import { declineContent, declined, notificationContent, readNotification, RING_MS } from "./notification";

const ME = "@me:localhost";
const NOW = 1_000_000;

function event(content: Record<string, unknown>, more: object = {}) {
  return { id: "$n", roomId: "!r", sender: "@anna:localhost", ts: NOW, content, ...more };
}

test("what we send is what we read", () => {
  const read = readNotification(event(notificationContent("$m", [ME], true, NOW)), ME, NOW);
  expect(read).toEqual({
    id: "$n",
    roomId: "!r",
    sender: "@anna:localhost",
    ring: true,
    video: true,
    endsAt: NOW + RING_MS,
  });
});

test("a room that is told as a whole means me, too, without ringing", () => {
  const read = readNotification(event(notificationContent(null, null, false, NOW)), ME, NOW);
  expect(read).toMatchObject({ ring: false });
});

const ring = notificationContent("$m", [ME], true, NOW);

test.each([
  ["of mine", event(ring, { sender: ME })],
  ["for others", event({ ...ring, "m.mentions": { user_ids: ["@carla:localhost"] } })],
  ["for nobody", event({ ...ring, "m.mentions": "everybody" })],
  ["that is over", event({ ...ring, lifetime: 10, sender_ts: NOW - 11 })],
  ["from long ago", event(ring, { ts: NOW - 3_600_000 })],
])("a notification %s is none", (_, given) => {
  expect(readNotification(given, ME, NOW)).toBeNull();
});

test.each([
  ["an hour", { ...ring, lifetime: 3_600_000 }, NOW + 120_000],
  ["nonsense", { ...ring, lifetime: "long" }, NOW + RING_MS],
  ["a clock that is wrong", { ...ring, sender_ts: NOW + 3_600_000 }, NOW + RING_MS],
])("with %s it rings until its time", (_, content, endsAt) => {
  expect(readNotification(event(content), ME, NOW)?.endsAt).toBe(endsAt);
});

test("a decline names its notification", () => {
  expect(declined(declineContent("$n"))).toBe("$n");
  expect(declined({})).toBeNull();
});

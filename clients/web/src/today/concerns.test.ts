import { expect, test } from "vitest";
import type { CallRecord } from "../api/types";
import { meetingOf } from "../meetings/list/fakeMeeting";
import { meetingsToday, missedBy, pinIsNews } from "./concerns";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = new Date(2026, 10, 30, 12).getTime();

function call(id: string, userId: string | null, extra: Partial<CallRecord> = {}): CallRecord {
  const peer = { user_id: userId, name: userId ?? "", number: null };
  const known = { id, peer, direction: "inbound", answered_at: null, outcome: "missed", ...extra };
  return known as unknown as CallRecord;
}

test("missed calls stand once for each caller, as many as were not looked at", () => {
  const calls = [
    call("5", "@b"),
    call("4", "@c", { outcome: "rejected" }),
    call("3", "@a"),
    call("2", "@b"),
    call("1", "@d"),
  ];
  const found = missedBy(calls, 3).map(({ last, count }) => [last.id, count]);
  expect(found).toEqual([
    ["5", 2],
    ["3", 1],
  ]);
  expect(missedBy(calls, 0)).toEqual([]);
});

test("callers who hide their number are not taken for one", () => {
  expect(missedBy([call("2", null), call("1", null)], 2)).toHaveLength(2);
});

test("meetings are those that are on, and those of today that are not over", () => {
  const list = [
    meetingOf({ id: "late", starts_at: NOON + 11 * HOUR, duration_minutes: 30 }),
    meetingOf({ id: "over", starts_at: NOON - 2 * HOUR, duration_minutes: 30 }),
    meetingOf({ id: "next", starts_at: NOON + HOUR, duration_minutes: 30 }),
    meetingOf({ id: "tomorrow", starts_at: NOON + 12 * HOUR, duration_minutes: 30 }),
    meetingOf({ id: "live", live: true, participants: 1 }),
  ];
  expect(meetingsToday(list, NOON).map(({ id }) => id)).toEqual(["live", "next", "late"]);
});

test.each<[number | null, number, boolean]>([
  [null, 0, false],
  [0, 0, false],
  [NOON - HOUR, 0, true],
  [NOON - HOUR, NOON - HOUR, false],
  [NOON - HOUR, NOON - DAY, true],
  [NOON - 7 * DAY, 0, false],
  [NOON - 7 * DAY + 1, 0, true],
])("of a PIN chosen at %j, when %i was told, there is news: %j", (chosenAt, told, news) => {
  expect(pinIsNews(chosenAt, told, NOON)).toBe(news);
});

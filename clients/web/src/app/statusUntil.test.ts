import { expect, test } from "vitest";
import { untilOf, type Lasting } from "./statusUntil";

const WEDNESDAY = new Date(2026, 10, 25, 15, 30);
const SUNDAY = new Date(2026, 10, 29, 23, 59);
const HOUR = 3_600_000;

test.each<[Lasting, Date, number | null]>([
  ["always", WEDNESDAY, null],
  ["kept", WEDNESDAY, 42],
  ["half_hour", WEDNESDAY, WEDNESDAY.getTime() + HOUR / 2],
  ["hour", WEDNESDAY, WEDNESDAY.getTime() + HOUR],
  ["today", WEDNESDAY, new Date(2026, 10, 26).getTime()],
  ["today", SUNDAY, new Date(2026, 10, 30).getTime()],
  ["week", WEDNESDAY, new Date(2026, 10, 30).getTime()],
  ["week", SUNDAY, new Date(2026, 10, 30).getTime()],
  ["week", new Date(2026, 10, 30), new Date(2026, 11, 7).getTime()],
])("a status for %s, set on %s, ends in time", (lasting, now, until) => {
  expect(untilOf(lasting, now, 42)).toBe(until);
});

import { expect, test } from "vitest";
import type { CallRecord } from "../api/types";
import { byDay, daysAgo } from "./days";

const at = (day: number, hour: number): CallRecord =>
  ({ id: `${day}-${hour}`, started_at: new Date(2026, 10, day, hour).getTime() }) as CallRecord;

test("calls are grouped by the reader's day, newest first", () => {
  const days = byDay([at(23, 9), at(23, 1), at(22, 23), at(20, 12)]);
  expect(days.map((day) => day.calls.map((call) => call.id))).toEqual([
    ["23-9", "23-1"],
    ["22-23"],
    ["20-12"],
  ]);
});

test("yesterday is one day ago, whatever the hour", () => {
  const now = new Date(2026, 10, 23, 0, 5);
  expect(daysAgo(new Date(2026, 10, 22), now)).toBe(1);
  expect(daysAgo(new Date(2026, 10, 23), now)).toBe(0);
  expect(daysAgo(new Date(2026, 10, 22, 23, 59), now)).toBe(1);
  expect(daysAgo(new Date(2026, 10, 23, 23, 59), now)).toBe(0);
});

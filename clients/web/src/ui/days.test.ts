import { expect, test } from "vitest";
import { byDay, daysAgo } from "./days";

const at = (day: number, hour: number): { id: string; began: number } => ({
  id: `${day}-${hour}`,
  began: new Date(2026, 10, day, hour).getTime(),
});

test("calls are grouped by the reader's day, newest first", () => {
  const days = byDay([at(23, 9), at(23, 1), at(22, 23), at(20, 12)], ({ began }) => began);
  expect(days.map((day) => day.items.map(({ id }) => id))).toEqual([["23-9", "23-1"], ["22-23"], ["20-12"]]);
});

test("yesterday is one day ago, whatever the hour", () => {
  const now = new Date(2026, 10, 23, 0, 5);
  expect(daysAgo(new Date(2026, 10, 22), now)).toBe(1);
  expect(daysAgo(new Date(2026, 10, 23), now)).toBe(0);
  expect(daysAgo(new Date(2026, 10, 22, 23, 59), now)).toBe(1);
  expect(daysAgo(new Date(2026, 10, 23, 23, 59), now)).toBe(0);
});

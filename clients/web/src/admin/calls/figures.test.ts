import { expect, test } from "vitest";
import { sinceDays, total } from "./figures";

test("seven days are today and the six before, by the calendar", () => {
  expect(sinceDays(7, new Date(2026, 10, 30, 15, 40))).toBe(new Date(2026, 10, 24).getTime());
  expect(sinceDays(1, new Date(2026, 10, 30, 15, 40))).toBe(new Date(2026, 10, 30).getTime());
});

test("everything is added up", () => {
  const one = { key: "a", calls: 5, answered: 2, unanswered: 2, failed: 1, talked: 1_000 };
  const all = { key: "", calls: 10, answered: 4, unanswered: 4, failed: 2, talked: 2_000 };
  expect(total([one, { ...one, key: "b" }])).toEqual(all);
  expect(total([]).calls).toBe(0);
});

import { expect, test } from "vitest";
import { askedBy, EVERYTHING, narrowing } from "./choice";

/** Two in the afternoon on a Monday. */
const NOW = new Date(2026, 10, 30, 14, 0);
const at = (year: number, month: number, day: number): number => new Date(year, month - 1, day).getTime();

test("nothing chosen asks for nothing", () => {
  expect(askedBy(EVERYTHING, NOW)).toBeNull();
  expect(askedBy({ ...EVERYTHING, words: "  ", period: "dates" }, NOW)).toBeNull();
  expect(narrowing({ ...EVERYTHING, words: "verdi" })).toBe(0);
});

test("days are those of the reader's calendar", () => {
  expect(askedBy({ ...EVERYTHING, period: "today" }, NOW)).toEqual({ since: at(2026, 11, 30) });
  expect(askedBy({ ...EVERYTHING, period: "week" }, NOW)).toEqual({ since: at(2026, 11, 24) });
  expect(askedBy({ ...EVERYTHING, period: "month" }, NOW)).toEqual({ since: at(2026, 11, 1) });
});

test("both days of a span are in it, and a side may be open", () => {
  const span = { ...EVERYTHING, period: "dates" as const };
  expect(askedBy({ ...span, from: "2026-10-25", to: "2026-10-25" }, NOW)).toEqual({
    since: at(2026, 10, 25),
    until: at(2026, 10, 26),
  });
  expect(askedBy({ ...span, to: "2026-11-30" }, NOW)).toEqual({ until: at(2026, 12, 1) });
  expect(askedBy({ ...span, from: "soon" }, NOW)).toBeNull();
});

test("all choices go together", () => {
  const choice = { ...EVERYTHING, kind: "missed", where: "outside", words: " 06 98 " } as const;
  expect(askedBy(choice, NOW)).toEqual({ kind: "missed", where: "outside", q: "06 98" });
  expect(narrowing(choice)).toBe(2);
});

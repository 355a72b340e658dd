import { expect, test } from "vitest";
import { dateRange, fromLocal, nextStart, timeRange, toLocal } from "./when";

const at = (hour: number, minute: number): number => new Date(2026, 10, 3, hour, minute).getTime();

test("a time goes into the fields and comes back", () => {
  expect(toLocal(at(9, 5))).toEqual({ date: "2026-11-03", time: "09:05" });
  expect(fromLocal({ date: "2026-11-03", time: "09:05" })).toBe(at(9, 5));
});

test.each([
  ["", "09:00"],
  ["2026-11-03", ""],
])("the fields %j and %j are no time", (date, time) => {
  expect(fromLocal({ date, time })).toBeNull();
});

test.each([
  [at(9, 0), at(9, 30)],
  [at(9, 15), at(9, 30)],
  [at(9, 16), at(10, 0)],
  [at(23, 50), new Date(2026, 10, 4, 0, 30).getTime()],
])("the start offered leaves time to get ready", (now, start) => {
  expect(nextStart(now)).toBe(start);
});

test("a range is written as the locale does", () => {
  expect(timeRange(at(9, 0), at(9, 30), "en-GB").replaceAll(/\s/g, "")).toBe("09:00–09:30");
  expect(timeRange(at(9, 0), at(9, 30), "it").replaceAll(/\s/g, "")).toBe("09:00–09:30");
  expect(dateRange(at(9, 0), at(9, 30), "en-GB")).toContain("3 November");
});

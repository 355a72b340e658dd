import { expect, test } from "vitest";
import type { Opening, OpeningHours } from "../../api/hours";
import { asMonday, byTimes, further, ofDay, withDay } from "../../hours/week";
import { hoursBodyOf, hoursDraftOf, withItalian } from "./hoursDraft";

const opening = (day: number, opens = "09:00", closes = "13:00"): Opening => ({ day, opens, closes });

const OFFICE: OpeningHours = {
  id: "1",
  name: "Office",
  timezone: "Europe/Rome",
  week: [opening(0), opening(0, "14:00", "18:00"), opening(1)],
  holidays: [
    { date: "12-25", name: "Christmas" },
    { date: "02-29", name: "Leap" },
    { date: "2026-12-07", name: "Once" },
    { date: "easter+1", name: "Monday" },
    { date: "easter-2", name: "Friday" },
  ],
  exceptions: [{ begins: "2026-12-24T13:00", ends: "2026-12-31T09:00", state: "closed", name: "Winter" }],
  now: { state: "open", name: "" },
  changes_at: null,
};

test("hours go into the form and come out as they were", () => {
  const { id: _id, now: _now, changes_at: _at, ...body } = OFFICE;
  const draft = hoursDraftOf(OFFICE, "Asia/Tokyo", 2026);
  expect(draft.holidays.map((each) => each.date)).toEqual(["2026-12-25", "2028-02-29", "2026-12-07", "", ""]);
  expect(hoursBodyOf(draft)).toEqual(body);
});

test("new hours are those of an office, of the reader's own zone", () => {
  const draft = hoursDraftOf(null, "Asia/Tokyo", 2026);
  expect(draft.timezone).toBe("Asia/Tokyo");
  expect(byTimes(draft.week).map((each) => [each.days.length, each.openings.length])).toEqual([[5, 2]]);
});

test("what is missing is named", () => {
  const draft = hoursDraftOf(OFFICE, "Europe/Rome", 2026);
  expect(hoursBodyOf({ ...draft, week: [opening(0, "")] })).toBe("time");
  expect(hoursBodyOf({ ...draft, holidays: [{ date: "", yearly: true, easter: null, name: "" }] })).toBe(
    "holiday",
  );
  expect(hoursBodyOf({ ...draft, exceptions: [{ begins: "", ends: "x", state: "open", name: "" }] })).toBe(
    "exception",
  );
});

test("Monday's times are put on the other working days", () => {
  const week = asMonday([...OFFICE.week, opening(5)]);
  expect(byTimes(week).map((each) => each.days)).toEqual([[0, 1, 2, 3, 4], [5]]);
  expect(ofDay(withDay(week, 5, []), 5)).toEqual([]);
});

test("days of the same times stand together, unless a closed one is between them", () => {
  expect(byTimes([opening(0), opening(1), opening(3), opening(4)]).map((each) => each.days)).toEqual([
    [0, 1],
    [3, 4],
  ]);
  expect(byTimes([])).toEqual([]);
});

test("one more time of a day follows the last", () => {
  expect(further([], 2)).toEqual(opening(2, "09:00", "18:00"));
  expect(further([opening(2)], 2)).toEqual(opening(2, "14:00", "18:00"));
  expect(further([opening(2, "14:00", "18:00")], 2)).toEqual(opening(2, "18:00", "23:00"));
});

test("Italy's holidays are added once", () => {
  const all = withItalian(hoursDraftOf(OFFICE, "Europe/Rome", 2026).holidays, 2026);
  expect(all.filter((each) => each.date.endsWith("12-25"))).toHaveLength(1);
  expect(all.filter((each) => each.easter === 1)).toHaveLength(1);
  expect(all).toHaveLength(5 + 13 - 2);
  expect(withItalian(all, 2026)).toHaveLength(all.length);
});

import { expect, test } from "vitest";
import { endsOffered, nextAt } from "./ends";

const at = (day: number, hours: number, minutes = 0): number =>
  new Date(2026, 10, day, hours, minutes).getTime();
const HOURS = [1, 2, 3, 4].map((day) => ({ day, opens: "08:30", closes: "17:00" }));

test.each<[string, number, [string, number][]]>([
  // The 30th of November 2026 was a Monday.
  [
    "a Monday at noon",
    at(30, 12),
    [
      ["hour", at(30, 13)],
      ["evening", at(30, 18)],
      ["tomorrow", at(31, 8, 30)],
      ["monday", at(37, 9)],
    ],
  ],
  [
    "a Monday night",
    at(30, 23, 30),
    [
      ["hour", at(31, 0, 30)],
      ["tomorrow", at(31, 8, 30)],
      ["monday", at(37, 9)],
    ],
  ],
  [
    "shortly before six",
    at(30, 17),
    [
      ["hour", at(30, 18)],
      ["tomorrow", at(31, 8, 30)],
      ["monday", at(37, 9)],
    ],
  ],
  [
    "a Sunday",
    at(29, 10),
    [
      ["hour", at(29, 11)],
      ["evening", at(29, 18)],
      ["tomorrow", at(30, 9)],
    ],
  ],
  [
    "a Saturday",
    at(28, 10),
    [
      ["hour", at(28, 11)],
      ["evening", at(28, 18)],
      ["tomorrow", at(29, 9)],
      ["monday", at(30, 9)],
    ],
  ],
])("the ends offered on %s", (_when, now, offered) => {
  expect(endsOffered(now, HOURS).map((end) => [end.kind, end.at])).toEqual(offered);
});

test.each<[string, number | null]>([
  ["15:00", at(30, 15)],
  ["12:00", at(31, 12)],
  ["00:00", at(31, 0)],
  ["", null],
])("at noon %s is next", (time, next) => {
  expect(nextAt(at(30, 12), time)).toBe(next);
});

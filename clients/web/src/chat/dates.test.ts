import { expect, test } from "vitest";
import { dayName, fileSize, listTime } from "./dates";

const at = (month: number, day: number, hour = 12, year = 2026): number =>
  new Date(year, month - 1, day, hour).getTime();
const now = at(5, 6, 9);

test.each([
  [at(5, 6, 8), "today"],
  [at(5, 5, 23), "yesterday"],
  [at(5, 1), { date: "venerdì 1 maggio" }],
  [at(5, 1, 12, 2025), { date: "giovedì 1 maggio 2025" }],
])("the separator of %i", (ts, name) => {
  expect(dayName(ts, now, "it")).toEqual(name);
});

test.each([
  [at(5, 6, 8), "08:00"],
  [at(5, 4), "lun"],
  [at(3, 1), "1 mar"],
  [at(3, 1, 12, 2024), "01/03/24"],
])("the time of %i in the room list", (ts, text) => {
  expect(listTime(ts, now, "it")).toBe(text);
});

test.each([
  [12, "12 byte"],
  [2_345, "2.3 kB"],
  [12_345_678, "12 MB"],
])("a file of %i bytes", (bytes, text) => {
  expect(fileSize(bytes, "en")).toBe(text);
});

import { expect, test } from "vitest";
import { arrange, daysAhead, endOf, isNear } from "./arrange";
import { meetingOf } from "./fakeMeeting";

const HOUR = 3_600_000;
const NOW = new Date(2026, 10, 23, 10, 0).getTime();

test("what is on comes first, what comes is by day, what was stands last", () => {
  const list = [
    meetingOf({ id: "past", starts_at: NOW - 3 * HOUR, duration_minutes: 30 }),
    meetingOf({ id: "tomorrow", starts_at: NOW + 26 * HOUR }),
    meetingOf({ id: "today late", starts_at: NOW + 5 * HOUR }),
    meetingOf({ id: "live", live: true, participants: 2 }),
    meetingOf({ id: "today", starts_at: NOW + 2 * HOUR }),
    meetingOf({ id: "at once", created_at: NOW - HOUR }),
  ];
  const { live, days, earlier } = arrange(list, NOW);
  expect(live.map((each) => each.id)).toEqual(["live"]);
  expect(days.map((day) => day.meetings.map((each) => each.id))).toEqual([
    ["today", "today late"],
    ["tomorrow"],
  ]);
  expect(earlier.map((each) => each.id)).toEqual(["at once", "past"]);
});

test.each([
  ["it runs, nobody is there yet", -0.5, 60, "days"],
  ["it ended a moment ago", -1, 60, "earlier"],
  ["it has no end of its own and began half an hour ago", -0.5, null, "days"],
])("%s", (_, hours, duration_minutes, place) => {
  const meeting = meetingOf({ starts_at: NOW + hours * HOUR, duration_minutes });
  const { days, earlier } = arrange([meeting], NOW);
  expect(place === "days" ? days[0]?.meetings : earlier).toEqual([meeting]);
});

test.each([
  [0.25, true],
  [0.3, false],
  [-0.5, true],
  [-2, false],
])("%d hours from now it is near: %j", (hours, near) => {
  expect(isNear(meetingOf({ starts_at: NOW + hours * HOUR, duration_minutes: 60 }), NOW)).toBe(near);
});

test("without a time there is no end, and it is never near", () => {
  expect(endOf(meetingOf({}))).toBeNull();
  expect(isNear(meetingOf({}), NOW)).toBe(false);
});

test("days are counted by the calendar, not by hours", () => {
  const late = new Date(2026, 10, 23, 23, 59).getTime();
  expect(daysAhead(new Date(2026, 10, 24), late)).toBe(1);
  expect(daysAhead(new Date(2026, 10, 23), late)).toBe(0);
  // The clocks go back in between.
  expect(daysAhead(new Date(2026, 9, 26), new Date(2026, 9, 24, 12).getTime())).toBe(2);
});

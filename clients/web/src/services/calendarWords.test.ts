import { beforeAll, expect, test } from "vitest";
import type { Calendar } from "../api/calendars";
import i18n from "i18next";
import { setLanguage } from "../i18n/i18n";
import { isOver, nextWords } from "./calendarWords";

beforeAll(() => setLanguage("en"));

const NOW = new Date(2026, 5, 1, 9, 30).getTime();
const at = (hour: number): number => new Date(2026, 5, 1, hour).getTime();

function calendar(next: Partial<Calendar["next"] & object> | null): Calendar {
  const whole = next && { starts_at: at(9), ends_at: at(10), title: "Budget", whole_day: false, ...next };
  return { id: "c", kind: "ics", name: "Work", host: "x", read_at: 0, problem: null, next: whole };
}

test("the appointment that goes on is said with its end, one that comes with its beginning", () => {
  const t = i18n.getFixedT("en", "services");
  expect(nextWords(calendar({}), NOW, t)).toMatch(/^Now: Budget, until /);
  expect(nextWords(calendar({ starts_at: at(11), ends_at: at(12) }), NOW, t)).toMatch(/^Next: Budget, at /);
  expect(nextWords(calendar({ title: "" }), NOW, t)).toContain("Appointment without a title");
  expect(nextWords(calendar(null), NOW, t)).toBe("No appointment in the next two weeks.");
});

test("of one that is over nothing is said, and what comes then is asked", () => {
  const t = i18n.getFixedT("en", "services");
  for (const [now, over] of [
    [at(10) - 1, false],
    [at(10), true],
  ] as const) {
    expect(isOver(calendar({}), now)).toBe(over);
    expect(nextWords(calendar({}), now, t) === "").toBe(over);
  }
  expect(isOver(calendar(null), NOW)).toBe(false);
});

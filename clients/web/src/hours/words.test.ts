import { afterEach, expect, test } from "vitest";
import { setLanguage } from "../i18n/i18n";
import { atMoment, hourWords, untilMoment } from "./words";

const ROME = "Europe/Rome";
/** 30 November 2026, a Monday, 12:00 in Rome. */
const NOON = Date.UTC(2026, 10, 30, 11);
const HOUR = 3_600_000;

afterEach(() => setLanguage("en"));

test.each([
  [6 * HOUR, "fino alle 18:00", "until 18:00"],
  [HOUR, "fino alle 13:00", "until 13:00"],
  [-11 * HOUR, "fino all’1:00", "until 1:00"],
  [13 * HOUR, "fino a martedì all’1:00", "until Tuesday at 1:00"],
  [54 * HOUR, "fino a mercoledì alle 18:00", "until Wednesday at 18:00"],
  [8 * 24 * HOUR, "fino all’8 dicembre alle 12:00", "until December 8 at 12:00"],
  [11 * 24 * HOUR, "fino all’11 dicembre alle 12:00", "until December 11 at 12:00"],
  [18 * 24 * HOUR, "fino al 18 dicembre alle 12:00", "until December 18 at 12:00"],
])("until when, in %i ms, in words that stand in a sentence: %s", (later, italian, english) => {
  expect(untilMoment(NOON + later, NOON, ROME)).toBe(english);
  setLanguage("it");
  expect(untilMoment(NOON + later, NOON, ROME)).toBe(italian);
});

test("when, and from when", () => {
  setLanguage("it");
  expect(atMoment(NOON + HOUR, NOON, ROME)).toBe("alle 13:00");
  expect(atMoment(NOON + 13 * HOUR, NOON, ROME)).toBe("martedì all’1:00");
  expect(atMoment(NOON + 8 * 24 * HOUR, NOON, ROME)).toBe("l’8 dicembre alle 12:00");
  expect(hourWords("from", "01:30")).toBe("dall’1:30");
  expect(hourWords("from", "11:00")).toBe("dalle 11:00");
});

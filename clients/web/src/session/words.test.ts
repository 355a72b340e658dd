import { afterAll, beforeAll, expect, test } from "vitest";
import { setLanguage } from "../i18n/i18n";
import { browserWords, momentWords } from "./words";

beforeAll(() => setLanguage("it"));
afterAll(() => setLanguage("en"));

test.each([
  ["Firefox on Linux", "Firefox su Linux"],
  ["curl", "curl"],
  ["", "un browser sconosciuto"],
])("the browser %j", (name, words) => {
  expect(browserWords(name)).toBe(words);
});

test("a moment of today is its time, of another day it has the date", () => {
  const now = new Date(2026, 10, 23, 15, 0).getTime();
  expect(momentWords(new Date(2026, 10, 23, 9, 5).getTime(), now)).toBe("09:05");
  expect(momentWords(new Date(2026, 10, 21, 9, 5).getTime(), now)).toMatch(/21 novembre.*09:05/);
});

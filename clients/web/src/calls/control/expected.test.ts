import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { expectHere, expectNothing, isExpected } from "./expected";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("one call is expected, for a while, unless the house has refused it", () => {
  expect(isExpected()).toBe(false);
  expectHere();
  vi.advanceTimersByTime(15_000);
  expect([isExpected(), isExpected()]).toEqual([true, false]);
  expectHere();
  vi.advanceTimersByTime(15_001);
  expect(isExpected()).toBe(false);
  expectHere();
  expectNothing();
  expect(isExpected()).toBe(false);
});

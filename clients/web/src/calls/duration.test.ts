import { expect, test } from "vitest";
import { formatDuration } from "./duration";

test.each([
  [-5_000, "0:00"],
  [999, "0:00"],
  [7_000, "0:07"],
  [59_999, "0:59"],
  [750_000, "12:30"],
  [3_599_000, "59:59"],
  [3_723_000, "1:02:03"],
])("%i ms are written as %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

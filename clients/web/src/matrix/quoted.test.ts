import { expect, test } from "vitest";
import { withoutReplyFallback } from "./quoted";

test.each([
  ["> <@a:b> first\n> second\n\nanswer", "answer"],
  ["answer", "answer"],
  ["answer\n> not a fallback", "answer\n> not a fallback"],
  ["> only", "> only"],
])("%j says %j", (body, said) => {
  expect(withoutReplyFallback(body)).toBe(said);
});

import { expect, test } from "vitest";
import { endOf } from "./verification";

test.each([
  ["m.timeout", "timeout"],
  ["m.mismatched_sas", "mismatch"],
  ["m.mismatched_commitment", "mismatch"],
  ["m.key_mismatch", "mismatch"],
  ["m.accepted", "elsewhere"],
  ["m.user", "declined"],
  ["", "declined"],
])("what ends with %j is told as %s", (code, words) => {
  expect(endOf(code)).toBe(words);
});

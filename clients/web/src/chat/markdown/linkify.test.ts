import { expect, test } from "vitest";
import { linkify } from "./linkify";

/** The text with links in angle brackets. */
const shown = (text: string): string =>
  linkify(text)
    .map((part) => (part.href === null ? part.text : `<${part.href}>`))
    .join("");

test.each([
  ["no link", "no link"],
  ["see https://example.org/a?b=1#c.", "see <https://example.org/a?b=1#c>."],
  ["(see https://example.org/a)", "(see <https://example.org/a>)"],
  ["https://example.org/a_(b)", "<https://example.org/a_(b)>"],
  ["www.example.org, ok", "<https://www.example.org>, ok"],
  ["write to anna@example.org!", "write to <mailto:anna@example.org>!"],
  ["javascript:alert(1)", "javascript:alert(1)"],
  ["", ""],
])("%j", (text, expected) => {
  expect(shown(text)).toBe(expected);
});

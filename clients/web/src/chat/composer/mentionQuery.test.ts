import { expect, test } from "vitest";
import { matchMentions, mentionQuery, putMention } from "./mentionQuery";

test.each([
  ["@", { start: 0, query: "" }],
  ["hi @an", { start: 3, query: "an" }],
  ["hi @Anna Ro", { start: 3, query: "Anna Ro" }],
  ["hi @Anna Rossi how", null],
  ["anna@example", null],
  ["(@b", { start: 1, query: "b" }],
  ["no", null],
])("before the caret of %j stands %j", (text, query) => {
  expect(mentionQuery(text, text.length)).toEqual(query);
});

test("people are found by the beginnings of their names' words, accents aside", () => {
  const members = ["Anna Rossi", "Élena Rossi", "Bruno Conti"].map((name) => ({ userId: `@${name}`, name }));
  const names = (query: string): string[] => matchMentions(members, query).map(({ name }) => name);
  expect(names("ro")).toEqual(["Anna Rossi", "Élena Rossi"]);
  expect(names("elena r")).toEqual(["Élena Rossi"]);
  expect(names("ossi")).toEqual([]);
  expect(names("")).toHaveLength(3);
});

test("the chosen name takes the place of what was typed", () => {
  expect(putMention("hi @an you", { start: 3, query: "an" }, "Anna Rossi")).toEqual({
    text: "hi @Anna Rossi you",
    caret: 15,
  });
});

import { describe, expect, it } from "vitest";
import { ANYTHING, asked, narrowing, pieces } from "./question";

describe("a question", () => {
  it("is asked in the words of the server", () => {
    expect(asked(ANYTHING)).toBe("");
    expect(asked({ ...ANYTHING, words: "  riunione " })).toBe("riunione");
    expect(
      asked({
        words: "riunione",
        from: "@anna:localhost",
        room: "!team:localhost",
        since: "2026-05-01",
        until: "2026-12-31",
        files: true,
      }),
    ).toBe("riunione from:@anna:localhost in:!team:localhost after:2026-05-01 before:2027-01-01 has:file");
  });

  it("counts what narrows it, without its words", () => {
    expect(narrowing({ ...ANYTHING, words: "x" })).toBe(0);
    expect(narrowing({ ...ANYTHING, from: "@anna:localhost", files: true })).toBe(2);
  });
});

describe("a text that was found", () => {
  it.each([
    ["abc", [], "abc"],
    ["abc", [[1, 2]], "a[b]c"],
    ["abc", [[0, 3]], "[abc]"],
    [
      "abcd",
      [
        [0, 2],
        [1, 3],
        [3, 4],
      ],
      "[ab]c[d]",
    ],
  ] as const)("%s %j", (text, matches, shown) => {
    const parts = pieces(text, matches).map((piece) => (piece.found ? `[${piece.text}]` : piece.text));
    expect(parts.join("")).toBe(shown);
  });
});

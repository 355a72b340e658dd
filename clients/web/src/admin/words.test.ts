import { beforeAll, describe, expect, test } from "vitest";
import { ApiError } from "../api/client";
import { setLanguage } from "../i18n/i18n";
import { actionWords, detailWords, refusalWords } from "./words";

beforeAll(() => setLanguage("en"));

describe("the words of the administration", () => {
  test.each([
    ["extension_taken", "Somebody has this extension already."],
    ["invalid_number", "This is not a telephone number."],
    ["offline", "The server cannot be reached."],
    ["never_heard_of", "Something went wrong. Try again."],
  ])("for the refusal %s", (code, words) => {
    expect(refusalWords(new ApiError(code, 409, ""))).toBe(words);
  });

  test("for what was done; what is newer than the page stays as it is", () => {
    expect(actionWords("extension.added")).toBe("Extension added");
    expect(actionWords("teapot.filled")).toBe("teapot.filled");
    expect(detailWords("extension", "201")).toBe("Extension: 201");
    expect(detailWords("colour", "red")).toBe("colour: red");
  });
});

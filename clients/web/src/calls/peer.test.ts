import { describe, expect, test } from "vitest";
import type { Person } from "../api/types";
import { formatDuration } from "./duration";
import { ghostNumber, isTelephone, peerOf } from "./peer";

const GHOST = "@_tel_+390698765432:localhost";
const anna = {
  user_id: "@anna:localhost",
  name: "Anna Rossi",
  extensions: ["201"],
  numbers: [],
} as unknown as Person;

describe("the other party", () => {
  test("is a colleague by name and extension", () => {
    expect(peerOf(anna.user_id, "anna", anna)).toEqual({
      userId: anna.user_id,
      name: "Anna Rossi",
      number: "201",
    });
  });

  test("is a telephone by the name that the server gave it, else by its number", () => {
    expect(peerOf(GHOST, "06 9876 5432", undefined).name).toBe("06 9876 5432");
    expect(peerOf(GHOST, null, undefined)).toEqual({
      userId: GHOST,
      name: "+390698765432",
      number: "+390698765432",
    });
  });

  test("is a stranger by the localpart", () => {
    expect(peerOf("@zoe:elsewhere", "@zoe:elsewhere", undefined).name).toBe("zoe");
  });

  test("has no number when it hides it", () => {
    expect(ghostNumber("@_tel_anonymous:localhost")).toBeNull();
    expect(isTelephone("@_tel_anonymous:localhost")).toBe(true);
    expect(isTelephone(anna.user_id)).toBe(false);
    expect(isTelephone(null)).toBe(false);
  });
});

test.each([
  [-5, "0:00"],
  [59_999, "0:59"],
  [185_000, "3:05"],
  [3_729_000, "1:02:09"],
])("%i ms is written %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

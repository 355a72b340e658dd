import { describe, expect, test } from "vitest";
import { cleanDialled, isNumberLike, numberOfTelLink } from "./number";

describe("a number that was typed or pasted", () => {
  test.each([
    ["  06 698 2", "06 698 2"],
    ["tel:+39 06 698", "+39 06 698"],
    ["\u202a+39 06\u202c", "+39 06"],
    ["201", "201"],
    ["06\t698", "06 698"],
  ])("%j is kept as %j", (text, kept) => {
    expect(cleanDialled(text)).toBe(kept);
  });

  test.each(["201", "+39 06 698 82", "(06) 698-82", "*21#", "06/698.82"])("%s is a number", (text) => {
    expect(isNumberLike(text)).toBe(true);
  });

  test.each(["", "anna", "+", "room 7", "7up", "anna@example.org"])("%s is no number", (text) => {
    expect(isNumberLike(text)).toBe(false);
  });

  test.each([
    ["tel:+390669882", "+390669882"],
    ["tel:%2B390669882;ext=3", "+390669882"],
    ["web+tel:201", "201"],
    ["mailto:a@b", null],
    ["tel:", null],
    ["tel:%zz", null],
  ])("the link %s means %j", (link, number) => {
    expect(numberOfTelLink(link)).toBe(number);
  });
});

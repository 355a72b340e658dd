import { expect, test } from "vitest";
import en from "./locales/en.json";
import it from "./locales/it.json";
import { changedCodes, CODES, isPair } from "./codes";

test("only what differs is sent, without spaces", () => {
  const codes = { park: "*68", move: "*99" };
  expect(changedCodes({ park: " *5 ", move: "*99 " }, codes)).toEqual({ park: "*5" });
  expect(changedCodes(codes, codes)).toEqual({});
});

test("each code has words in both languages", () => {
  for (const name of CODES) {
    expect(en).toHaveProperty(`code_${name}`);
    expect(it).toHaveProperty(`code_${name}`);
  }
  expect(isPair("duty")).toBe(true);
  expect(isPair("park")).toBe(false);
});

import { afterEach, expect, test, vi } from "vitest";
import type { BlockedCallers } from "../api/blocked";
import { blockedCallers, changed, isBlocked, setBlocked } from "./blocked";

const VERDI = { number: "+390698765432", name: "Studio Verdi", since: 1 };
const LIST: BlockedCallers = { withheld: false, numbers: [VERDI] };

afterEach(() => {
  vi.unstubAllGlobals();
  blockedCallers.set(null);
});

test("a number is blocked by its digits, and who withholds it by choice", () => {
  expect(isBlocked(null, VERDI.number)).toBe(false);
  expect(isBlocked(LIST, VERDI.number)).toBe(true);
  expect(isBlocked(LIST, "+391")).toBe(false);
  expect(isBlocked(LIST, null)).toBe(false);
  expect(isBlocked({ ...LIST, withheld: true }, null)).toBe(true);
});

test("a change shows before the server has answered", () => {
  expect(changed(LIST, "+391", true, 9).numbers.map((one) => one.number)).toEqual(["+391", VERDI.number]);
  expect(changed(LIST, VERDI.number, false, 9)).toEqual({ withheld: false, numbers: [] });
  expect(changed(null, null, true, 9)).toEqual({ withheld: true, numbers: [] });
});

test("what the server answers stands; what it refuses is as before", async () => {
  blockedCallers.set(LIST);
  const answer: BlockedCallers = { withheld: true, numbers: [] };
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(answer)));
  await setBlocked(VERDI.number, false);
  expect(blockedCallers.get()).toEqual(answer);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  await expect(setBlocked(null, false)).rejects.toBeDefined();
  expect(blockedCallers.get()).toEqual(answer);
});

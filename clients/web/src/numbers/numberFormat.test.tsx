import { act, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { loadNumberFormat, useNumberFormat } from "./numberFormat";

afterEach(() => vi.unstubAllGlobals());

test("numbers of the organisation's country are written as at home, others with their country", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ region: "IT" })));
  const { result } = renderHook(useNumberFormat);
  expect(result.current("+390612345202")).toBe("+390612345202");
  await act(async () => {
    loadNumberFormat();
    await vi.waitFor(() => expect(result.current("+390612345202")).not.toContain("+"));
  });
  expect(result.current("+390612345202")).toBe("06 1234 5202");
  expect(result.current("+442071838750")).toBe("+44 20 7183 8750");
  expect(result.current("+44 20 7183 8750")).toBe("+44 20 7183 8750");
  expect(result.current("201")).toBe("201");
  expect(result.current("Anna")).toBe("Anna");
  expect(result.current("+39 06 1234 5202")).toBe("06 1234 5202");
  expect(result.current("+442071838750, Anna, +390612345202")).toBe("+44 20 7183 8750, Anna, 06 1234 5202");
});

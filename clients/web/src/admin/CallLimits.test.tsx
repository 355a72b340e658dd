import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { CallLimits as Limits } from "../api/administration";
import { setLanguage } from "../i18n/i18n";
import { CallLimits } from "./CallLimits";

const limits: Limits = {
  regions: ["FR", "IT"],
  premium: false,
  calls_at_once: 4,
  calls_at_once_a_trunk: 0,
  calls_at_once_in_all: 60,
  minutes_a_day: 480,
  live: 2,
};

beforeAll(() => setLanguage("en"));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("the limits of calls outside are shown in words", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(limits)));
  render(<CallLimits />);
  await screen.findByText("France, Italy");
  const rows = screen.getAllByRole("listitem").map((row) => row.textContent);
  expect(rows).toContain("Calls of a person at once4");
  expect(rows).toContain("Calls of a line at onceNo limit");
  expect(rows).toContain("Numbers that cost more than othersNot allowed");
  expect(rows).toContain("Calls outside now2");
});

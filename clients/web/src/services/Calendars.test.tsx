import { cleanup, render, screen } from "@testing-library/react";
import { TooltipProvider } from "@vector-im/compound-web";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Calendar, type Calendars as State, calendarsApi } from "../api/calendars";
import { setLanguage } from "../i18n/i18n";
import { Calendars } from "./Calendars";

beforeAll(() => setLanguage("en"));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function state(title: string, ends_at: number): State {
  const next = { starts_at: 0, ends_at, title, whole_day: false };
  const one: Calendar = { id: "c", kind: "ics", name: "Work", host: "x", read_at: 0, problem: null, next };
  return { calendars: [one], whole_days: false, silent: false, busy_until: null, found: [] };
}

test("what comes after an appointment is asked for when that is over", async () => {
  const list = vi.spyOn(calendarsApi, "list");
  list.mockResolvedValueOnce(state("Old", 1)).mockResolvedValue(state("New", Date.now() + 3_600_000));
  render(
    <TooltipProvider>
      <Calendars />
    </TooltipProvider>,
  );
  expect(await screen.findByText(/^Now: New, until/)).not.toBeNull();
  expect(screen.queryByText(/Old/)).toBeNull();
  expect(list).toHaveBeenCalledTimes(2);
});

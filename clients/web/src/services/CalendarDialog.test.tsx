import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { TooltipProvider } from "@vector-im/compound-web";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Calendars, calendarsApi } from "../api/calendars";
import { ApiError } from "../api/client";
import { setLanguage } from "../i18n/i18n";
import { CalendarDialog } from "./CalendarDialog";

const NONE: Calendars = { calendars: [], whole_days: false, silent: false, busy_until: null, found: [] };
const FOUND: Calendars = {
  ...NONE,
  found: [
    { url: "https://x/work", name: "Work" },
    { url: "https://x/home", name: "Home" },
  ],
};

beforeAll(() => setLanguage("en"));
beforeEach(() => {
  // jsdom draws no modal windows.
  HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
    this.open = false;
  };
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function show(onAdded: (now: Calendars) => void): void {
  render(
    <TooltipProvider>
      <CalendarDialog onClose={() => undefined} onAdded={onAdded} />
    </TooltipProvider>,
  );
}

const type = (label: string, value: string): void => {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
};
const press = (name: string): void => {
  fireEvent.click(screen.getByRole("button", { name }));
};

test("of an account with several it is asked which, and those are added", async () => {
  const add = vi.spyOn(calendarsApi, "add").mockResolvedValueOnce(FOUND).mockResolvedValueOnce(NONE);
  const added = vi.fn<(now: Calendars) => void>();
  show(added);
  type("Address", "https://x/");
  press("Try and add");
  fireEvent.click(await screen.findByLabelText("Home"));
  expect(added).not.toHaveBeenCalled();
  press("Add these");
  await waitFor(() => expect(added).toHaveBeenCalledWith(NONE));
  expect(add.mock.calls.map(([wanted]) => wanted.chosen)).toEqual([[], ["https://x/home"]]);
});

test("another address has other calendars: the choice goes with the old one", async () => {
  vi.spyOn(calendarsApi, "add").mockResolvedValue(FOUND);
  show(() => undefined);
  type("Address", "https://x/");
  press("Try and add");
  await screen.findByLabelText("Home");
  type("Address", "https://y/");
  expect(screen.queryByLabelText("Home")).toBeNull();
  expect(screen.getByRole("button", { name: "Try and add" })).not.toBeNull();
});

test("why it could not be read is said, until something else is typed", async () => {
  vi.spyOn(calendarsApi, "add").mockRejectedValue(new ApiError("calendar_not_found", 400, ""));
  show(() => undefined);
  type("Address", "https://x/");
  press("Try and add");
  expect(await screen.findByText("There is no calendar at this address.")).not.toBeNull();
  type("Address", "https://x/a.ics");
  expect(screen.queryByText("There is no calendar at this address.")).toBeNull();
});

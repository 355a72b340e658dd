import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { TooltipProvider } from "@vector-im/compound-web";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { AdminPerson } from "../api/administration";
import { setLanguage } from "../i18n/i18n";
import { PersonEditor } from "./PersonEditor";

const bruno: AdminPerson = {
  id: "p2",
  user_id: "@bruno:localhost",
  name: "Bruno Bianchi",
  email: "bruno@unisono.example",
  role: "member",
  department: "",
  calls_outside: "all",
  extensions: ["202"],
  numbers: [],
  photo: null,
  disabled: false,
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
  vi.unstubAllGlobals();
});

test("whom a person may call outside is chosen in words and saved", async () => {
  const bodies: string[] = [];
  vi.stubGlobal("fetch", (_url: string, { body }: RequestInit) => {
    bodies.push(typeof body === "string" ? body : "");
    return Promise.resolve(Response.json({ person: { ...bruno, calls_outside: "national" } }));
  });
  const changed = vi.fn<(person: AdminPerson) => void>();
  render(
    <TooltipProvider>
      <PersonEditor person={bruno} onChanged={changed} onClose={() => undefined} />
    </TooltipProvider>,
  );
  const choice = screen.getByLabelText("Calls outside");
  expect((choice as HTMLSelectElement).selectedOptions[0]?.textContent).toBe(
    "All that the organisation allows",
  );
  fireEvent.change(choice, { target: { value: "national" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(changed).toHaveBeenCalledWith({ ...bruno, calls_outside: "national" }));
  expect(bodies[0]).toContain('"calls_outside":"national"');
});

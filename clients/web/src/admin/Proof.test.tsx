import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { TooltipProvider } from "@vector-im/compound-web";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { administration } from "../api/administration";
import { setLanguage } from "../i18n/i18n";
import { Confirm } from "./Confirm";

const asked: string[] = [];
let proved = false;

beforeAll(() => setLanguage("en"));
beforeEach(() => {
  // jsdom draws no modal windows.
  HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
    this.open = false;
  };
  asked.length = 0;
  proved = false;
  vi.stubGlobal("fetch", (url: string, { body }: RequestInit) => Promise.resolve(answer(url, body)));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function refusal(code: string): Response {
  return Response.json({ error: { code, message: "no", field: null } }, { status: 403 });
}

/** The server, to which "mine" is the right password. */
function answer(url: string, body: RequestInit["body"]): Response {
  asked.push(url.split("/").at(-1) ?? "");
  if (url.endsWith("/proof")) {
    proved = body === JSON.stringify({ password: "mine" });
    return proved ? new Response(null, { status: 204 }) : refusal("wrong_password");
  }
  return proved ? new Response(null, { status: 204 }) : refusal("password_again");
}

function show(onClose: () => void): void {
  render(
    <TooltipProvider>
      <Confirm
        title="Reset"
        text="Really?"
        action="Reset it"
        onConfirm={() => administration.resetFactor("p2")}
        onClose={onClose}
      />
    </TooltipProvider>,
  );
  fireEvent.click(screen.getByRole("button", { name: "Reset it" }));
}

async function give(password: string): Promise<HTMLElement> {
  const dialog = await screen.findByRole("dialog", { name: "Confirm that it is you" });
  fireEvent.change(within(dialog).getByLabelText("Your password"), { target: { value: password } });
  fireEvent.click(within(dialog).getByRole("button", { name: "Continue" }));
  return dialog;
}

test("what is refused without the password is done once it was given", async () => {
  const closed = vi.fn<() => void>();
  show(closed);
  const dialog = await give("hers");
  await within(dialog).findByText("This is not your password.");
  expect(closed).not.toHaveBeenCalled();
  await give("mine");
  await waitFor(() => expect(closed).toHaveBeenCalled());
  expect(asked).toEqual(["reset", "proof", "proof", "reset"]);
  expect(screen.queryByRole("dialog", { name: "Confirm that it is you" })).toBeNull();
});

test("whoever does not give the password is told that nothing was changed", async () => {
  const closed = vi.fn<() => void>();
  show(closed);
  const dialog = await screen.findByRole("dialog", { name: "Confirm that it is you" });
  fireEvent.click(within(dialog).getByRole("button", { name: "Close" }));
  await screen.findByText(/^Nothing was changed/);
  expect(asked).toEqual(["reset"]);
  expect(closed).not.toHaveBeenCalled();
});

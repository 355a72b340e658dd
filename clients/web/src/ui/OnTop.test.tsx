import { act, cleanup, render, screen, within } from "@testing-library/react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeAll, expect, test } from "vitest";
import "../i18n/i18n";
import { Dialog } from "./Dialog";
import { Toasts } from "./Toasts";
import { toast, toasts } from "./toasts";

beforeAll(() => {
  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = function open() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = () => undefined;
});

afterEach(() => {
  cleanup();
  toasts.set([]);
});

function Page({ open }: { open: readonly string[] }) {
  return (
    <>
      {open.map((title) => (
        <Dialog key={title} title={title} onClose={() => undefined}>
          <p>words</p>
        </Dialog>
      ))}
      <Toasts />
    </>
  );
}

const region = (): HTMLElement => screen.getByRole("status");

test("what is said while a dialog is open is said in the uppermost one, where a region for it waits already", () => {
  const { rerender } = render(<Page open={[]} />);
  expect(region().closest("dialog")).toBeNull();
  rerender(<Page open={["First", "Second"]} />);
  const before = region();
  expect(before.closest("dialog")).toBe(screen.getByRole("dialog", { name: "Second" }));
  act(() => void toast("success", "Saved."));
  expect(region()).toBe(before);
  expect(within(before).getByText("Saved.")).toBeTruthy();
  rerender(<Page open={["First"]} />);
  expect(region().closest("dialog")).toBe(screen.getByRole("dialog", { name: "First" }));
  expect(within(region()).getByText("Saved.")).toBeTruthy();
});

test("what was said goes on being shown when the dialog that said it closes", () => {
  const { rerender } = render(<Page open={["Only"]} />);
  act(() => void toast("info", "Sent."));
  rerender(<Page open={[]} />);
  expect(region().closest("dialog")).toBeNull();
  expect(within(region()).getByText("Sent.")).toBeTruthy();
});

test("a dialog is open as soon as it is on the page", async () => {
  const drawn = new Promise<boolean>((resolve) => {
    const observer = new MutationObserver(() => {
      const dialog = document.querySelector("dialog");
      if (!dialog) return;
      observer.disconnect();
      resolve(dialog.open);
    });
    observer.observe(document.body, { childList: true, subtree: true });
  });
  const scope = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
  // As in a browser: React draws first and runs passive effects later.
  const before = scope.IS_REACT_ACT_ENVIRONMENT;
  scope.IS_REACT_ACT_ENVIRONMENT = false;
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  root.render(<Page open={["Late"]} />);
  expect(await drawn).toBe(true);
  scope.IS_REACT_ACT_ENVIRONMENT = before;
  act(() => root.unmount());
});

import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { TooltipProvider } from "@vector-im/compound-web";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { AdminPerson, NewDevice } from "../api/administration";
import { setLanguage } from "../i18n/i18n";
import { Extensions } from "./Extensions";

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
const device: NewDevice = {
  person: { ...bruno, extensions: ["202", "210"] },
  extension: "210",
  sip_password: "s3cretPhone",
  domain: "localhost",
  server: "127.0.0.1",
  port: 5060,
  transport: "udp",
  settings: [{ phone: "baresip", file: "accounts", text: "<sip:210@localhost>" }],
  qr_svg: "<svg xmlns='http://www.w3.org/2000/svg'/>",
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

function answer(method: string): Response {
  if (method === "GET") {
    const phone = {
      extension: "202",
      host: "10.0.0.7",
      transport: "udp",
      user_agent: "Snom",
      expires_in: 60,
    };
    return Response.json({ registrations: [phone] });
  }
  return Response.json(device, { status: 201 });
}

test("a new extension's password is shown until the window is closed, and never again", async () => {
  vi.stubGlobal("fetch", (_url: string, { method }: RequestInit) => Promise.resolve(answer(method ?? "")));
  const changed = vi.fn<(person: AdminPerson) => void>();
  render(
    <TooltipProvider>
      <Extensions person={bruno} onChanged={changed} />
    </TooltipProvider>,
  );
  await screen.findByText("Snom connected from 10.0.0.7");
  fireEvent.change(screen.getByLabelText("New extension"), { target: { value: " 210 " } });
  fireEvent.click(screen.getByRole("button", { name: "Add extension" }));
  await screen.findByText("s3cretPhone");
  expect(changed).toHaveBeenCalledWith(device.person);
  fireEvent.click(screen.getByRole("button", { name: "Done" }));
  await waitFor(() => expect(screen.queryByText("s3cretPhone")).toBeNull());
});

test("a refusal is said below the field, and what was typed stays", async () => {
  const refusal = { error: { code: "extension_taken", message: "taken", field: "extension" } };
  vi.stubGlobal("fetch", (_url: string, { method }: RequestInit) =>
    Promise.resolve(method === "POST" ? Response.json(refusal, { status: 409 }) : answer("GET")),
  );
  render(
    <TooltipProvider>
      <Extensions person={bruno} onChanged={() => undefined} />
    </TooltipProvider>,
  );
  const field = screen.getByLabelText("New extension");
  fireEvent.change(field, { target: { value: "201" } });
  fireEvent.click(screen.getByRole("button", { name: "Add extension" }));
  expect((await screen.findByRole("alert")).textContent).toBe("Somebody has this extension already.");
  expect((field as HTMLInputElement).value).toBe("201");
});

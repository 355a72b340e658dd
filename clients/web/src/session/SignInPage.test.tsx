import { TooltipProvider } from "@vector-im/compound-web";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SignedOut } from "./session";

vi.mock("../matrix/connection", () => ({
  connect: vi.fn<() => Promise<void>>(() => Promise.resolve()),
  disconnect: vi.fn<() => void>(),
}));
vi.mock("../api/events", () => ({
  startServerEvents: () => undefined,
  stopServerEvents: () => () => undefined,
  onServerEvent: () => () => undefined,
  onServerEventsOpen: () => () => undefined,
}));
vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
globalThis.ResizeObserver ??= class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};

const { RefusedPage, SignInPage } = await import("./SignInPage");
const { session } = await import("./session");

const person = { user_id: "@anna:localhost", name: "Anna", email: "a@b.c", extensions: ["201"], numbers: [] };
const matrix = { user_id: "@anna:localhost", device_id: "D", access_token: "T", homeserver_url: "" };
const CODE = { step: "code", method: "totp", methods: ["totp"], hint: "", sent: false, resend_after: 20 };
const ELSEWHERE = { step: "elsewhere", other: { browser: "Firefox on Linux", since: 1, layout: "desktop" } };

/** Answers by address, one after the other; what was asked is kept with its body. */
function serve(answers: Record<string, [status: number, body: unknown][]>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (address: string, { body }: RequestInit) => {
    const path = address.replace("/api/v1", "");
    asked.push(`${path} ${typeof body === "string" ? body : ""}`.trim());
    const [status, answer] = answers[path]?.shift() ?? [404, {}];
    return Promise.resolve(new Response(JSON.stringify(answer), { status }));
  });
  return asked;
}

const open = (before: SignedOut | null = null): void => {
  render(
    <TooltipProvider>
      <SignInPage before={before} />
    </TooltipProvider>,
  );
};

async function givePassword(): Promise<void> {
  fireEvent.input(screen.getByLabelText("E-mail"), { target: { value: "a@b.c" } });
  fireEvent.input(screen.getByLabelText("Password"), { target: { value: "secret" } });
  fireEvent.submit(screen.getByLabelText("Password").closest("form") as HTMLFormElement);
}

beforeEach(() => {
  localStorage.clear();
  session.set({ status: "signed_out", reason: null });
});
afterEach(cleanup);

test("password, a wrong code, the right one, the session elsewhere: then one is in", async () => {
  const asked = serve({
    "/session": [[200, CODE]],
    "/session/code": [
      [403, { error: { code: "wrong_code", message: "" } }],
      [200, ELSEWHERE],
    ],
    "/session/confirm": [[200, { person, matrix }]],
  });
  open();
  await givePassword();
  const code = await screen.findByLabelText("Six-digit code");
  // The sixth digit is enough.
  fireEvent.input(code, { target: { value: "123 456" } });
  await screen.findByText("The code is wrong, was used already, or has expired.");
  expect(asked).toContain('/session/code {"code":"123456","method":"totp","trust":false}');
  fireEvent.input(code, { target: { value: "654321" } });
  fireEvent.click(await screen.findByRole("button", { name: "Go on here" }));
  await vi.waitFor(() => expect(session.get()).toMatchObject({ status: "signed_in", person }));
});

test("a sign-in that the server has forgotten begins again, and says so", async () => {
  serve({
    "/session": [[200, CODE]],
    "/session/code": [[401, { error: { code: "sign_in_over", message: "" } }]],
  });
  open();
  await givePassword();
  fireEvent.input(await screen.findByLabelText("Six-digit code"), { target: { value: "123456" } });
  await screen.findByText("The sign-in took too long. Begin again.");
  expect(screen.getByLabelText("Password")).toBeTruthy();
});

test("recovery codes are not left before they were kept", async () => {
  const codes = ["abcde-fghjk", "bcdef-ghjkm"];
  serve({
    "/session": [[200, { step: "enrol", methods: ["totp"] }]],
    "/session/enrol": [[200, { method: "totp", secret: "ABCDEFGH", uri: "otpauth://x", qr: "<svg/>" }]],
    "/session/enrol/verify": [[200, { recovery_codes: codes }]],
    "/session/enrol/finish": [[200, { person, matrix }]],
  });
  open();
  await givePassword();
  await screen.findByText("ABCD EFGH");
  fireEvent.input(screen.getByLabelText("Six-digit code of the app"), { target: { value: "123456" } });
  await screen.findByText("abcde-fghjk");
  const go = screen.getByRole("button", { name: "Continue" });
  expect(go.hasAttribute("disabled") || go.getAttribute("aria-disabled") === "true").toBe(true);
  fireEvent.click(screen.getByRole("checkbox"));
  fireEvent.submit(go.closest("form") as HTMLFormElement);
  await vi.waitFor(() => expect(session.get()).toMatchObject({ status: "signed_in" }));
});

const CONSENT = {
  step: "consent",
  consent: {
    client: "Element X",
    host: "element.io",
    device_id: "ELEMENTXPHONE",
    back_to: "",
    email: "a@b.c",
  },
};

test("another program is connected when the person agrees, by name, origin and device", async () => {
  const asked = serve({
    "/session": [[200, CONSENT]],
    "/session/consent": [[200, { redirect: "io.element:/callback?code=c" }]],
  });
  open();
  await givePassword();
  await screen.findByRole("heading", { name: "Connect Element X?" });
  for (const shown of ["element.io", "ELEMENTXPHONE", "a program on this device"]) screen.getByText(shown);
  fireEvent.click(screen.getByRole("button", { name: "Connect" }));
  const again = await screen.findByRole("link", { name: "Nothing happens? Open the program" });
  expect(again.getAttribute("href")).toBe("io.element:/callback?code=c");
  expect(asked).toContain('/session/consent {"agrees":true}');
});

test("who refuses is sent back, too; a page of the program's is named by its host", async () => {
  const asked = serve({
    "/session": [[200, { ...CONSENT, consent: { ...CONSENT.consent, back_to: "app.element.io" } }]],
    "/session/consent": [[200, { redirect: "https://app.element.io/?error=access_denied" }]],
  });
  open();
  await givePassword();
  await screen.findByText("app.element.io");
  fireEvent.click(screen.getByRole("button", { name: "Refuse" }));
  const link = await screen.findByRole("link", { name: /Open the program/ });
  expect(link.getAttribute("href")).toBe("https://app.element.io/?error=access_denied");
  expect(asked).toContain('/session/consent {"agrees":false}');
});

test("a program that is not known is told to the person", () => {
  render(
    <TooltipProvider>
      <RefusedPage reason="invalid_client" />
    </TooltipProvider>,
  );
  expect(screen.getByText(/is not known to this server any more/)).toBeTruthy();
});

test("why the session before ended is said at the door", () => {
  serve({});
  open({ status: "signed_out", reason: "elsewhere", browser: "Firefox on Linux", at: Date.now() });
  expect(screen.getByRole("status").textContent).toContain("You signed in with Firefox on Linux");
});

import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { ApiError, api } from "../../api/client";
import { meetings, type Meeting, type Visitor } from "../../api/meetings";
import "../../i18n/i18n";
import { meetingOf } from "../list/fakeMeeting";
import { ShareDialog } from "./ShareDialog";

vi.mock("../../session/session", () => ({
  useMe: () => ({ user_id: "@anna:localhost" }),
  onSessionEnd: () => () => undefined,
}));
vi.mock("../../numbers/numberFormat", () => ({
  loadNumberFormat: () => undefined,
  useNumberFormat: () => (number: string) => number,
}));

const DIAL_IN = { numbers: ["+390698765499"], extension: "800", pin: "482916307" };
const HOUR = 3_600_000;
const link = (id: string) => ({ id, lobby: true, created_at: Date.now(), expires_at: Date.now() + HOUR });
const button = (name: string | RegExp): HTMLElement => screen.getByRole("button", { name });
const press = (name: string | RegExp) => act(async () => void fireEvent.click(button(name)));

beforeAll(() => {
  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = function open() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = () => undefined;
});

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

async function show(known: Partial<Meeting> = {}, secret: string | null = null): Promise<void> {
  vi.spyOn(meetings, "ofRoom").mockResolvedValue(meetingOf({ dial_in: DIAL_IN, ...known }));
  vi.spyOn(meetings, "links").mockResolvedValue([link("old")]);
  await act(async () => void render(<ShareDialog roomId="!m:x" secret={secret} onClose={() => undefined} />));
}

test("a link has a waiting room and a day unless somebody chooses otherwise", async () => {
  const make = vi
    .spyOn(meetings, "makeLink")
    .mockResolvedValue({ ...link("new"), url: "https://x/#/join/t" });
  await show();
  await press("Make link");
  expect(make).toHaveBeenCalledWith("m1", 24, true);
  expect(screen.getByLabelText<HTMLInputElement>("The link").value).toBe("https://x/#/join/t");
});

test("a link past the waiting room is offered only to whom the server would make one", async () => {
  await show();
  expect(screen.getByRole("checkbox", { name: /^Waiting room/ })).toBeTruthy();
  cleanup();
  await show({ may_skip_lobby: false });
  expect(screen.queryByRole("checkbox")).toBeNull();
  expect(screen.getByText("Guests wait until somebody lets them in.")).toBeTruthy();
  cleanup();
  await show({ may_invite: false, may_skip_lobby: false });
  expect(screen.getByText(/who may invite into this conversation/)).toBeTruthy();
});

test("the secret of extra encryption stands behind the address", async () => {
  vi.spyOn(meetings, "makeLink").mockResolvedValue({ ...link("new"), url: "https://x/#/join/t" });
  await show({ encrypted: true }, "key");
  await press("Make link");
  expect(screen.getByLabelText<HTMLInputElement>("The link").value).toBe("https://x/#/join/t/key");
  expect(screen.getByText(/^The key in the link is in this browser only/)).toBeTruthy();
});

test("a link that is withdrawn is no longer shown; one that could not be, is", async () => {
  const revoke = vi.spyOn(meetings, "revokeLink");
  revoke.mockRejectedValueOnce(new ApiError("homeserver_unavailable", 503, "away"));
  await show();
  await press(/^Withdraw/);
  expect(screen.getByText(/chat server does not answer/)).toBeTruthy();
  revoke.mockResolvedValueOnce(undefined);
  await press(/^Withdraw/);
  expect(revoke).toHaveBeenLastCalledWith("m1", "old");
  expect(screen.queryByRole("button", { name: /^Withdraw/ })).toBeNull();
});

test("by telephone there is the PIN in groups, and a number can be called", async () => {
  vi.spyOn(api, "search").mockResolvedValue({ results: [] });
  const call = vi.spyOn(meetings, "callPhone").mockResolvedValue({} as Visitor);
  await show();
  await press("By telephone");
  expect(screen.getByTestId("dial-in").textContent).toContain("482 916 307");
  await act(async () => {
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "06 9876" } });
  });
  await screen.findByRole("button", { name: "Call 06 9876 into the meeting" });
  await press("Call 06 9876 into the meeting");
  expect(call).toHaveBeenCalledWith("m1", "06 9876", {});
  expect(screen.getByText(/Calling 06 9876/)).toBeTruthy();
});

import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { meetings, type Meeting } from "../../api/meetings";
import "../../i18n/i18n";
import { isSecret } from "../session/encryptable";
import { meetingOf } from "./fakeMeeting";
import { ScheduleDialog } from "./ScheduleDialog";

vi.mock("../../session/session", () => ({
  useMe: () => ({ user_id: "@anna:localhost" }),
  onSessionEnd: () => () => undefined,
}));
vi.mock("../../numbers/numberFormat", () => ({
  loadNumberFormat: () => undefined,
  useNumberFormat: () => (number: string) => number,
}));
vi.mock("../../chat/roomlist/PeoplePicker", () => ({ PeoplePicker: () => null }));

const LINK = {
  id: "l1",
  url: "https://x/#/join/t",
  lobby: true,
  created_at: Date.now(),
  expires_at: Date.now() + 3_600_000,
};

beforeAll(() => {
  // jsdom has neither modal dialogs nor anything that encrypts media.
  HTMLDialogElement.prototype.showModal = function open() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = () => undefined;
  vi.stubGlobal("RTCRtpScriptTransform", () => undefined);
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.restoreAllMocks();
});

async function send(made: Partial<Meeting>, guests: string, encrypted: boolean) {
  const create = vi.spyOn(meetings, "create").mockResolvedValue(meetingOf(made));
  const link = vi.spyOn(meetings, "invitationLink").mockResolvedValue(LINK);
  const onSaved = vi.fn<() => void>();
  render(<ScheduleDialog meeting={null} onSaved={onSaved} onClose={() => undefined} />);
  fireEvent.change(screen.getByLabelText("Title"), { target: { value: "Budget" } });
  fireEvent.change(screen.getByLabelText(/^Guests from outside/), { target: { value: guests } });
  if (encrypted) fireEvent.click(screen.getByLabelText("Extra encryption"));
  await act(async () => void fireEvent.click(screen.getByRole("button", { name: "Send invitations" })));
  return { create, link, onSaved };
}

test("of an encrypted meeting one sends the link oneself, with the key that the server does not have", async () => {
  const { create, link, onSaved } = await send({ encrypted: true }, "gino@outside.example", true);
  expect(create.mock.calls[0]?.[0]).toMatchObject({ encrypted: true, invite: ["gino@outside.example"] });
  expect(link).toHaveBeenCalledWith("m1");
  expect(screen.getByText(/The mail to gino@outside.example has no link/)).toBeTruthy();
  const [url, key] = screen.getByLabelText<HTMLInputElement>("The link").value.split("/t/");
  expect(url).toBe("https://x/#/join");
  expect(isSecret(key ?? null)).toBe(true);
  expect(localStorage.getItem("unisono.meeting.secrets")).toContain(key);
  expect(onSaved).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(onSaved).toHaveBeenCalledOnce();
});

test.each([
  ["is not encrypted", "gino@outside.example", false],
  ["has no guests", "", true],
])("one that %s needs nothing more", async (_, guests, encrypted) => {
  const { link, onSaved } = await send({ encrypted }, guests, encrypted);
  expect(onSaved).toHaveBeenCalledOnce();
  expect(link).not.toHaveBeenCalled();
});

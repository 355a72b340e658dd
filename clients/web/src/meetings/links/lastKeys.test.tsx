import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import { meetings, type Meeting } from "../../api/meetings";
import "../../i18n/i18n";
import { meetingOf } from "../list/fakeMeeting";
import { meetingList } from "../list/meetings";
import { keepSecret } from "../matrix/keptSecrets";
import { useEndingOther, useEndingThis } from "./lastKeys";

vi.mock("../../session/session", () => ({ onSessionEnd: () => () => undefined }));

const PLANNED = { encrypted: true, starts_at: Date.now() + 3_600_000, title: "Budget" };
const run = vi.fn<() => void>();
const button = (name: string): HTMLElement => screen.getByRole("button", { name });
const press = (name: string) => act(async () => void fireEvent.click(button(name)));

function This() {
  const { ask, dialog } = useEndingThis();
  return <Ending ask={ask} dialog={dialog} />;
}

function Other() {
  const { ask, dialog } = useEndingOther("@anna:localhost");
  return <Ending ask={ask} dialog={dialog} />;
}

function Ending({ ask, dialog }: ReturnType<typeof useEndingThis>) {
  return (
    <>
      <button onClick={() => void ask(run)}>End</button>
      {dialog}
    </>
  );
}

beforeAll(() => {
  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = function open() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = () => undefined;
});

beforeEach(() => run.mockReset());

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.restoreAllMocks();
});

const listed = (...known: Partial<Meeting>[]) =>
  vi.spyOn(meetings, "list").mockResolvedValue(known.map(meetingOf));

test("who signs out is told of the planned meetings whose key is only here, and stays or goes on", async () => {
  listed(PLANNED);
  keepSecret("!m1:localhost", "secret");
  render(<This />);
  await press("End");
  expect(screen.getByText(/planned encrypted meeting whose key is only here/)).toBeTruthy();
  expect(screen.getByText("Budget")).toBeTruthy();
  await press("Stay signed in");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(run).not.toHaveBeenCalled();
  await press("End");
  await press("Sign out");
  expect(run).toHaveBeenCalledOnce();
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("nobody is asked, nor the server, where this browser keeps no key", async () => {
  const list = listed(PLANNED);
  render(<This />);
  await press("End");
  expect(run).toHaveBeenCalledOnce();
  expect(list).not.toHaveBeenCalled();
});

test("a server that does not answer keeps nobody from signing out; what was seen of it counts", async () => {
  vi.spyOn(meetings, "list").mockRejectedValue(new ApiError("offline", 0, ""));
  keepSecret("!m1:localhost", "secret");
  render(<This />);
  await press("End");
  expect(run).toHaveBeenCalledOnce();
  meetingList.set({ status: "ready", list: [meetingOf(PLANNED)] });
  await press("End");
  expect(run).toHaveBeenCalledOnce();
  await press("Sign out");
  expect(run).toHaveBeenCalledTimes(2);
});

test("who ends another session is told of the keys that are not in this one", async () => {
  listed(PLANNED);
  render(<Other />);
  await press("End");
  expect(screen.getByText(/whose key is not in this browser/)).toBeTruthy();
  await press("End the session");
  expect(run).toHaveBeenCalledOnce();
});

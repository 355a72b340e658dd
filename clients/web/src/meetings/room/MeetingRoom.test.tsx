import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { TooltipProvider } from "@vector-im/compound-web";
import type { ReactElement } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../../i18n/i18n";
import { CHOICES, fakeDoor, FakeRoom, person } from "../session/fakeMedia";
import { dismissMeeting, joinMeeting } from "../session/meeting";
import type { MeetingDoor, Moderation } from "../session/types";
import { MeetingRoom } from "./MeetingRoom";
import { layoutChoice } from "./useStage";

vi.mock("../../ui/layout", () => ({ useLayout: () => "desktop" }));
vi.mock("../visitors/VisitorsPanel", () => ({ VisitorsPanel: () => null }));
vi.mock("../visitors/useWaiting", () => ({ useWaiting: () => [] }));

const ANNA = person("@anna:x:A", { name: "Anna", joinedAt: 1, microphone: true });
const GUEST = person("@_guest_1:x:GUEST", { name: "Gino", joinedAt: 2, attributes: { hand: "5" } });

/** jsdom lays nothing out: the stage is as large as a desktop's. */
class Observer {
  constructor(private readonly tell: ResizeObserverCallback) {}
  observe(): void {
    const entry = { contentRect: { width: 1180, height: 600 } } as ResizeObserverEntry;
    this.tell([entry], this as unknown as ResizeObserver);
  }
  unobserve(): void {}
  disconnect(): void {}
}

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", Observer);
  layoutChoice.set("auto");
});

afterEach(async () => {
  cleanup();
  await act(() => dismissMeeting());
  vi.unstubAllGlobals();
});

async function inside(more: Partial<MeetingDoor> = {}, encrypted = false): Promise<FakeRoom> {
  const room = new FakeRoom();
  room.others = [ANNA, GUEST];
  const show = (element: ReactElement): void => void render(<TooltipProvider>{element}</TooltipProvider>);
  joinMeeting(fakeDoor({ roomId: null, ...more }), { ...CHOICES, encrypted }, async () => room);
  show(<MeetingRoom />);
  await screen.findByTestId("meeting-clock");
  await screen.findByRole("group", { name: /^Anna/ });
  return room;
}

const button = (name: string | RegExp): HTMLElement => screen.getByRole("button", { name });

test("everybody has a tile that says who they are and what they do", async () => {
  await inside();
  expect(screen.getAllByTestId("camera-tile").map((tile) => tile.getAttribute("aria-label"))).toEqual([
    "You",
    "Anna",
    "Gino, Guest, microphone off, hand raised",
  ]);
});

test("the controls do what they say", async () => {
  const room = await inside();
  fireEvent.click(button("Mute microphone"));
  await waitFor(() => expect(button("Unmute microphone")).toBeTruthy());
  fireEvent.click(button("Raise hand"));
  await waitFor(() => expect(room.done.some((each) => each.startsWith("attributes"))).toBe(true));
});

test("keys work wherever nothing is being written", async () => {
  const room = await inside();
  fireEvent.keyDown(window, { key: "v" });
  await waitFor(() => expect(room.done).toContain("camera true"));
  fireEvent.keyDown(window, { key: "m", ctrlKey: true });
  expect(room.done).not.toContain("microphone false");
});

test("hands come first among the people, and only a moderator may do something about them", async () => {
  await inside();
  fireEvent.click(button("People: 3"));
  const rows = screen.getAllByTestId("participant").map((row) => row.textContent);
  expect(rows[0]).toContain("Gino");
  expect(screen.queryByRole("button", { name: /^Options for/ })).toBeNull();
});

test("a moderator finds what can be done about each of the others", async () => {
  const moderation: Moderation = {
    meetingId: "m",
    mayInvite: true,
    mute: async () => undefined,
    remove: async () => undefined,
    record: async () => undefined,
  };
  await inside({ moderation });
  fireEvent.click(button("People: 3"));
  expect(screen.getAllByRole("button", { name: /^Options for/ })).toHaveLength(2);
});

test("trouble is told in a line, and goes when it is dismissed", async () => {
  const room = await inside();
  room.failures.set("camera", Object.assign(new Error(), { name: "NotFoundError" }));
  fireEvent.click(button("Turn camera on"));
  expect(await screen.findByText("No camera was found.")).toBeTruthy();
  fireEvent.click(button("Dismiss"));
  await waitFor(() => expect(screen.queryByText("No camera was found.")).toBeNull());
});

test("the seal says what the encryption is worth while a telephone is inside", async () => {
  const encryption = { start: () => () => undefined };
  const room = await inside({ encryption }, true);
  expect(screen.getByText("End-to-end encrypted")).toBeTruthy();
  room.others = [
    ANNA,
    person("@_tel_+39061:x:1", { name: "+39 06 ••• 61", attributes: { unencrypted: "1" } }),
  ];
  act(() => room.tell({ kind: "changed" }));
  expect(await screen.findByText("A phone is not encrypted")).toBeTruthy();
});

test("a shared screen takes the middle, and the grid comes back after it", async () => {
  const room = await inside();
  const feed = { id: "s", attach: () => undefined, detach: () => undefined };
  room.others = [{ ...ANNA, screenOn: true, screen: feed }, GUEST];
  act(() => room.tell({ kind: "changed" }));
  expect(await screen.findByRole("group", { name: "Screen of Anna" })).toBeTruthy();
  expect(screen.getByTestId("stage").dataset.layout).toBe("speaker");
  room.others = [ANNA, GUEST];
  act(() => room.tell({ kind: "changed" }));
  await waitFor(() => expect(screen.getByTestId("stage").dataset.layout).toBe("grid"));
});

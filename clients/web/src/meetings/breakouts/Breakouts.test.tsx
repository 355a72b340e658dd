import { act, cleanup, configure, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { TooltipProvider } from "@vector-im/compound-web";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import { meetings } from "../../api/meetings";
import "../../i18n/i18n";
import { MeetingRoom } from "../room/MeetingRoom";
import { CHOICES, fakeDoor, FakeRoom, person } from "../session/fakeMedia";
import { dismissMeeting, inMeeting, joinMeeting, meeting } from "../session/meeting";
import type { Arrangement, Moderation } from "../session/types";
import { NO_ROOMS } from "./places";
import { planned } from "./plan";

vi.mock("../../ui/layout", () => ({ useLayout: () => "desktop" }));
vi.mock("../../api/events", () => ({
  onServerEvent: () => () => undefined,
  onServerEventsOpen: () => () => undefined,
}));
vi.mock("../visitors/VisitorsPanel", () => ({ VisitorsPanel: () => null }));
vi.spyOn(meetings, "visitors").mockResolvedValue([]);

// Roles are slow to find in a page like this one, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });
configure({ asyncUtilTimeout: 20_000 });

const MODERATION: Moderation = {
  meetingId: "m",
  mayInvite: true,
  mute: async () => undefined,
  remove: async () => undefined,
  record: async () => undefined,
};
const PEOPLE = ["anna", "bruno", "carla", "dario"].map((name, index) =>
  person(`@${name}:x:1`, { name, joinedAt: index + 1 }),
);
const OPEN: Arrangement = {
  mine: null,
  main: ["@me:localhost:HERE", "@dario:x:1"],
  closesAt: null,
  rooms: [
    { id: "r1", name: "Room 1", people: ["@anna:x", "@dario:x"], inside: ["@anna:x:1"] },
    { id: "r2", name: "Room 2", people: ["@bruno:x"], inside: [] },
  ],
};
const divide = vi.spyOn(meetings, "divide");
const unite = vi.spyOn(meetings, "unite");

class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

/** In a meeting with four others, as its moderator or not; the answer tells of the rooms. */
async function inside(
  moderator: boolean,
  first: Arrangement = NO_ROOMS,
): Promise<(arrangement: Arrangement) => Promise<void>> {
  let tell: (arrangement: Arrangement) => void = () => undefined;
  const breakouts = {
    read: async () => first,
    follow: (listener: (arrangement: Arrangement) => void) => {
      tell = listener;
      return () => undefined;
    },
  };
  const door = fakeDoor({ roomId: null, breakouts, moderation: moderator ? MODERATION : null });
  const open = async (): Promise<FakeRoom> => {
    const room = new FakeRoom();
    room.others = PEOPLE;
    return room;
  };
  joinMeeting(door, CHOICES, open);
  render(
    <TooltipProvider>
      <MeetingRoom />
    </TooltipProvider>,
  );
  await screen.findByTestId("meeting-clock");
  await waitFor(() => expect(meeting.get()?.participants).toHaveLength(5));
  return async (arrangement) => act(async () => tell(arrangement));
}

const button = (name: string | RegExp): HTMLElement => screen.getByRole("button", { name });
const openPanel = async (): Promise<void> => {
  fireEvent.keyDown(button("More"), { key: "Enter" });
  fireEvent.click(await screen.findByRole("menuitem", { name: "Breakout rooms…" }));
  await screen.findByTestId("breakouts-panel");
};
beforeEach(() => {
  vi.stubGlobal("ResizeObserver", Observer);
  planned.set(null);
  divide.mockReset();
  unite.mockReset();
  unite.mockResolvedValue(undefined);
  divide.mockResolvedValue({ breakouts: [], mine: null, main: [], closes_at: null });
});

afterEach(async () => {
  cleanup();
  await act(() => dismissMeeting());
  vi.unstubAllGlobals();
});

test("a moderator divides the meeting evenly, puts one elsewhere, and opens the rooms for a while", async () => {
  await inside(true);
  await openPanel();
  await screen.findByTestId("room-count");
  fireEvent.change(screen.getByLabelText("Room of anna"), { target: { value: "1" } });
  fireEvent.change(screen.getByLabelText("Name of room 2"), { target: { value: "Budget" } });
  fireEvent.change(screen.getByLabelText("Time"), { target: { value: "10" } });
  fireEvent.click(button("Open 2 rooms"));
  expect(divide).toHaveBeenCalledWith("m", {
    minutes: 10,
    breakouts: [
      { name: "Room 1", people: ["@carla:x"] },
      { name: "Budget", people: ["@bruno:x", "@dario:x", "@anna:x"] },
    ],
  });
});

test("a room without a name is not opened, and a refusal is told", async () => {
  await inside(true);
  await openPanel();
  fireEvent.change(await screen.findByLabelText("Name of room 1"), { target: { value: " " } });
  expect(button("Open 2 rooms").getAttribute("aria-disabled")).toBe("true");
  fireEvent.click(button("Open 2 rooms"));
  expect(divide).not.toHaveBeenCalled();
  fireEvent.change(screen.getByLabelText("Name of room 1"), { target: { value: "A" } });
  divide.mockRejectedValueOnce(new ApiError("moderators_only", 403, "no"));
  await act(async () => void fireEvent.click(button("Open 2 rooms")));
  expect(await screen.findByText("Only moderators of the meeting may do this.")).toBeTruthy();
});

test("who is where is seen, and people are moved, while the rooms are open", async () => {
  const tell = await inside(true);
  await openPanel();
  await tell(OPEN);
  const [main, first, second] = screen.getAllByTestId("open-room") as [HTMLElement, HTMLElement, HTMLElement];
  expect(main.textContent).toContain("Belongs in “Room 1”");
  expect(within(first).getAllByTestId("breakout-person")).toHaveLength(1);
  expect(second.textContent).toContain("Not in the meeting");
  await act(async () =>
    fireEvent.change(within(first).getByLabelText("Room of anna"), { target: { value: "r2" } }),
  );
  expect(divide).toHaveBeenCalledWith("m", {
    breakouts: [
      { id: "r1", name: "Room 1", people: ["@dario:x"] },
      { id: "r2", name: "Room 2", people: ["@bruno:x", "@anna:x"] },
    ],
  });
});

test("a moderator looks in at a room, adds one, and closes all", async () => {
  const tell = await inside(true);
  await openPanel();
  await tell(OPEN);
  await act(async () => void fireEvent.click(button("Join “Room 2”")));
  await waitFor(() => expect(meeting.get()).toMatchObject({ phase: "connected", place: "r2" }));
  expect(within(screen.getByTestId("place-bar")).getByText("Room 2")).toBeTruthy();
  await act(async () => void fireEvent.click(button("Add a room")));
  expect(divide.mock.lastCall?.[1].breakouts.at(-1)).toEqual({ name: "Room 3", people: [] });
  await act(async () => void fireEvent.click(button("Close in 30 seconds")));
  await tell({ ...OPEN, closesAt: Date.now() + 20_000 });
  expect(screen.queryByRole("button", { name: "Close in 30 seconds" })).toBeNull();
  await act(async () => void fireEvent.click(button("Close all now")));
  expect(unite.mock.calls).toEqual([
    ["m", 30],
    ["m", 0],
  ]);
});

test("who is put into a room is told so, can go back, and into the room again", async () => {
  const tell = await inside(false);
  expect(screen.queryByTestId("place-bar")).toBeNull();
  await tell({ ...OPEN, mine: "r1", closesAt: Date.now() + 300_000 });
  await waitFor(() => expect(meeting.get()).toMatchObject({ phase: "connected", place: "r1" }));
  const bar = screen.getByTestId("place-bar");
  expect(bar.textContent).toMatch(/Room 1\d:\d\d left/);
  expect(screen.getByText("You are in “Room 1”.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "All rooms" })).toBeNull();
  await act(async () => void fireEvent.click(button("Back to the main room")));
  await waitFor(() => expect(meeting.get()).toMatchObject({ phase: "connected", place: null }));
  await act(async () => void fireEvent.click(button("Go to “Room 1”")));
  await waitFor(() => expect(meeting.get()).toMatchObject({ phase: "connected", place: "r1" }));
  await tell(NO_ROOMS);
  await waitFor(() => expect(meeting.get()).toMatchObject({ phase: "connected", place: null }));
  expect(screen.getByText("You are back in the main room.")).toBeTruthy();
  expect(screen.queryByTestId("place-bar")).toBeNull();
});

test("on the way one reads where one goes, and not of a lost connection", async () => {
  const tell = await inside(false);
  const door = vi.spyOn(inMeeting()!.door, "ticket").mockReturnValue(new Promise(() => undefined));
  await tell({ ...OPEN, mine: "r2" });
  expect(door).toHaveBeenCalledWith("r2");
  expect(screen.getByTestId("moving").textContent).toBe("You go to “Room 2”…");
  expect(screen.queryByText("Connection lost. Trying again…")).toBeNull();
});

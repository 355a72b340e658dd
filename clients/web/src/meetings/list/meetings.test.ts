import { beforeEach, expect, test, vi } from "vitest";
import { meetings, type Meeting } from "../../api/meetings";
import { meetingOf } from "./fakeMeeting";
import {
  dropMeeting,
  followMeetings,
  keepMeeting,
  loadMeetings,
  meetingList,
  retryMeetings,
} from "./meetings";

type Listener = (data: { change: string }) => void;
const heard = vi.hoisted(() => ({ meetings: new Set<Listener>(), open: new Set<() => void>() }));
vi.mock("../../api/events", () => ({
  onServerEvent: (_: string, listener: Listener) => {
    heard.meetings.add(listener);
    return () => heard.meetings.delete(listener);
  },
  onServerEventsOpen: (listener: () => void) => {
    heard.open.add(listener);
    return () => heard.open.delete(listener);
  },
}));
vi.mock("../../session/session", () => ({ onSessionEnd: () => () => undefined }));

const asked = vi.spyOn(meetings, "list");
const ids = (): string[] => meetingList.get().list.map((each) => each.id);

beforeEach(() => {
  asked.mockReset();
  meetingList.set({ status: "loading", list: [] });
});

test("what the server's events change is asked again, until it ends", async () => {
  asked.mockResolvedValueOnce([]).mockResolvedValueOnce([meetingOf({ id: "new" })]);
  const end = followMeetings();
  await vi.waitFor(() => expect(meetingList.get().status).toBe("ready"));
  for (const tell of heard.meetings) tell({ change: "visitors" });
  for (const tell of heard.meetings) tell({ change: "live" });
  await vi.waitFor(() => expect(ids()).toEqual(["new"]));
  expect(asked).toHaveBeenCalledTimes(2);
  end();
  expect(heard.meetings.size + heard.open.size).toBe(0);
});

test("of two answers that cross the last asked counts", async () => {
  let first: (list: Meeting[]) => void = () => undefined;
  asked.mockReturnValueOnce(new Promise((resolve) => (first = resolve)));
  asked.mockResolvedValueOnce([meetingOf({ id: "now" })]);
  const waiting = loadMeetings();
  await loadMeetings();
  first([meetingOf({ id: "before" })]);
  await waiting;
  expect(ids()).toEqual(["now"]);
});

test("an error is shown only while nothing is known, and trying again loads", async () => {
  asked.mockRejectedValueOnce(new Error("away"));
  await loadMeetings();
  expect(meetingList.get().status).toBe("error");
  asked.mockResolvedValueOnce([meetingOf({ id: "m" })]);
  retryMeetings();
  expect(meetingList.get().status).toBe("loading");
  await vi.waitFor(() => expect(ids()).toEqual(["m"]));
  asked.mockRejectedValueOnce(new Error("away"));
  await loadMeetings();
  expect(meetingList.get()).toMatchObject({ status: "ready", list: [{ id: "m" }] });
});

test("what was made, changed or cancelled here is shown at once", () => {
  meetingList.set({ status: "ready", list: [meetingOf({ id: "m", title: "Old" })] });
  keepMeeting(meetingOf({ id: "m", title: "New" }));
  keepMeeting(meetingOf({ id: "n" }));
  expect(meetingList.get().list).toMatchObject([{ id: "m", title: "New" }, { id: "n" }]);
  dropMeeting("m");
  expect(ids()).toEqual(["n"]);
});

import { beforeEach, expect, test, vi } from "vitest";
import type { ServerEvents } from "../../api/types";
import { type Division, meetings } from "../../api/meetings";
import type { Arrangement } from "../session/types";
import { breakoutsOf } from "./rooms";

const heard = vi.hoisted(() => ({
  event: null as ((data: ServerEvents["meetings"]) => void) | null,
  open: null as (() => void) | null,
}));
vi.mock("../../api/events", () => ({
  onServerEvent: (_: string, listener: (data: ServerEvents["meetings"]) => void) => {
    heard.event = listener;
    return () => (heard.event = null);
  },
  onServerEventsOpen: (listener: () => void) => {
    heard.open = listener;
    return () => (heard.open = null);
  },
}));

const DIVIDED: Division = {
  breakouts: [{ id: "a", name: "Room 1", people: ["@me:x"], inside: [] }],
  mine: "a",
  main: ["@anna:x:A"],
  closes_at: 5,
};
const UNITED: Division = { breakouts: [], mine: null, main: [], closes_at: null };
const asked = vi.spyOn(meetings, "breakouts");
const tell = (change: ServerEvents["meetings"]["change"], id = "m"): void =>
  heard.event?.({ meeting_id: id, room_id: "!r", change });

beforeEach(() => {
  asked.mockReset();
  asked.mockResolvedValue(DIVIDED);
});

function follow(everybody: boolean): { told: Arrangement[]; end: () => void } {
  const told: Arrangement[] = [];
  return { told, end: breakoutsOf("m", everybody).follow((arrangement) => void told.push(arrangement)) };
}

test("a change is asked for, of this meeting alone", async () => {
  const { told } = follow(false);
  tell("breakouts", "another");
  tell("visitors");
  expect(asked).not.toHaveBeenCalled();
  tell("breakouts");
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]).toEqual({ rooms: DIVIDED.breakouts, mine: "a", main: ["@anna:x:A"], closesAt: 5 });
});

test("who goes where matters to moderators, while there are rooms", async () => {
  const { told } = follow(true);
  tell("live");
  expect(asked).not.toHaveBeenCalled();
  tell("breakouts");
  await vi.waitFor(() => expect(told).toHaveLength(1));
  tell("live");
  await vi.waitFor(() => expect(told).toHaveLength(2));
});

test("who comes and goes counts already while the first answer is on its way", async () => {
  const late: { answer?: (division: Division) => void } = {};
  asked.mockReturnValueOnce(new Promise((answer) => (late.answer = answer)));
  const { told } = follow(true);
  tell("breakouts");
  tell("live");
  expect(asked).toHaveBeenCalledTimes(2);
  late.answer?.(UNITED);
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]?.rooms).toHaveLength(1);
  tell("live");
  expect(asked).toHaveBeenCalledTimes(3);
});

test("what was missed is asked for when the stream opens again, and an old answer does not win", async () => {
  const late: { answer?: (division: Division) => void } = {};
  asked.mockReturnValueOnce(new Promise((answer) => (late.answer = answer)));
  const { told } = follow(false);
  tell("breakouts");
  heard.open?.();
  await vi.waitFor(() => expect(told).toHaveLength(1));
  late.answer?.(UNITED);
  await new Promise(process.nextTick);
  expect(told.map((each) => each.mine)).toEqual(["a"]);
});

test("a server that does not answer changes nothing, and after the end nothing is told", async () => {
  asked.mockRejectedValueOnce(new Error("offline"));
  const { told, end } = follow(false);
  tell("breakouts");
  await vi.waitFor(() => expect(asked).toHaveBeenCalledOnce());
  heard.open?.();
  end();
  await new Promise(process.nextTick);
  expect(told).toEqual([]);
  expect(heard).toEqual({ event: null, open: null });
});

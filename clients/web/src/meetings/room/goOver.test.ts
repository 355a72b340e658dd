import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../../i18n/i18n";
import { FakeCall, snapshot } from "../../calls/fakeCall";
import { goOver } from "../../calls/control/commands";
import { clearFate, fates } from "../../calls/control/fates";
import { goingOver } from "../../calls/control/goingOver";
import { calls } from "../../calls/manager";
import { toasts } from "../../ui/toasts";
import { fakeDoor, FakeRoom } from "../session/fakeMedia";
import { quickChoices } from "../matrix/actions";
import { dismissMeeting, joinMeeting, meeting } from "../session/meeting";
import type { JoinChoices } from "../session/types";
import { followGoingOver } from "./goOver";
import { followTelephone } from "./start";

const MEETING = {
  id: "m1",
  room_id: "!room",
  title: "Anna, Bruno",
  by: { user_id: "@anna:localhost", name: "Anna", number: "201" },
};

let room: FakeRoom;
let connected: () => void;
let wished: JoinChoices | null;
let ends: (() => void)[];

/** Enters as the page does, into a room that takes its time. */
async function enter(roomId: string, choices: JoinChoices): Promise<void> {
  wished = choices;
  const there = new Promise<void>((done) => (connected = done));
  const door = fakeDoor({ roomId });
  joinMeeting(
    { ...door, ticket: async (place) => (await there, door.ticket(place)) },
    choices,
    async () => room,
  );
}

beforeEach(() => {
  [room, wished] = [new FakeRoom(), null];
  ends = [followGoingOver(enter), followTelephone()];
});

afterEach(async () => {
  for (const end of ends) end();
  await dismissMeeting();
  for (const { id } of calls.store.get().calls) calls.get(id)?.hangUp();
  for (const id of fates.get().keys()) clearFate(id);
  goingOver.set(null);
  toasts.set([]);
});

function talking(id: string, muted = false): FakeCall {
  const call = new FakeCall(snapshot({ id, phase: "connected", connectedAt: 1, muted }));
  calls.adopt(call);
  return call;
}

test("the call speaks until the meeting does, and is hung up then", async () => {
  const [call, other] = [talking("over"), talking("waits")];
  goOver("over", MEETING);
  await vi.waitFor(() => expect(meeting.get()?.phase).toBe("joining"));
  expect(fates.get().get("over")?.kind).toBe("meet");
  expect(wished).toMatchObject({ camera: true, microphone: false });
  expect([call.told, other.told]).toEqual([[], ["hold"]]);
  expect(meeting.get()?.onHold).toBe(true);
  connected();
  await vi.waitFor(() => expect(call.told).toEqual(["hang up"]));
  await vi.waitFor(() => expect(meeting.get()?.microphone).toBe(true));
  expect(room.done.filter((each) => each.startsWith("hushed"))).toEqual(["hushed true", "hushed false"]);
  expect(goingOver.get()).toBeNull();
});

test("who was muted comes muted", async () => {
  const call = talking("over", true);
  goOver("over", MEETING);
  await vi.waitFor(() => expect(meeting.get()?.phase).toBe("joining"));
  connected();
  await vi.waitFor(() => expect(call.told).toEqual(["hang up"]));
  expect(room.done).not.toContain("microphone true");
});

test("who mutes or hangs up meanwhile is not heard", async () => {
  const call = talking("over");
  goOver("over", MEETING);
  await vi.waitFor(() => expect(meeting.get()?.phase).toBe("joining"));
  call.change({ muted: true });
  connected();
  await vi.waitFor(() => expect(call.told).toEqual(["hang up"]));
  await dismissMeeting();
  goOver("over", MEETING);
  await vi.waitFor(() => expect(meeting.get()?.phase).toBe("joining"));
  connected();
  await vi.waitFor(() => expect(goingOver.get()).toBeNull());
  expect(room.done).not.toContain("microphone true");
});

test("a meeting that is not reached leaves the call as it was, and says so", async () => {
  const call = talking("over");
  ends[0]?.();
  ends[0] = followGoingOver(() => Promise.reject(new Error("away")));
  goOver("over", MEETING);
  await vi.waitFor(() => expect(toasts.get().map((each) => each.kind)).toEqual(["error"]));
  expect(call.told).toEqual([]);
  expect([meeting.get(), fates.get().size, goingOver.get()]).toEqual([null, 0, null]);
});

test("another meeting, which waits, is not left for one that is not reached", async () => {
  joinMeeting(fakeDoor({ roomId: "!other" }), quickChoices(false), async () => room);
  await vi.waitFor(() => expect(meeting.get()?.phase).toBe("connected"));
  ends[0]?.();
  ends[0] = followGoingOver(() => Promise.reject(new Error("away")));
  talking("over");
  goOver("over", MEETING);
  await vi.waitFor(() => expect(goingOver.get()).toBeNull());
  expect(meeting.get()).toMatchObject({ roomId: "!other", phase: "connected" });
});

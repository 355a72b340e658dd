import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { guests, type LinkedMeeting } from "../api/guest";
import type { VisitorState } from "../api/meetings";
import { LinkChat } from "../meetings/session/linkChat";
import * as media from "../meetings/session/meeting";
import { newSecret } from "../meetings/session/sealed";
import type { JoinChoices, MeetingDoor, MeetingPhase, MeetingSnapshot } from "../meetings/session/types";
import { Visit, type LinkKeys } from "./visit";

const CHOICES: JoinChoices = {
  microphone: true,
  camera: false,
  microphoneId: null,
  cameraId: null,
  speakerId: null,
  effect: { kind: "none" },
  encrypted: false,
};
const LINK: LinkedMeeting = {
  title: "Budget",
  organisation: "Firm",
  encrypted: false,
  lobby: true,
  starts_at: null,
  recorded: false,
};

const KEYS: LinkKeys = {
  encryption: { start: () => () => undefined },
  chat: (name) => new LinkChat(newSecret(), name),
};

/** The server's stream, which tests feed. */
class Stream extends EventTarget {
  readonly CLOSED = 2;
  readyState = 1;
  closed = false;
  close(): void {
    this.closed = true;
  }
  tell(kind: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
  breakOff(): void {
    this.readyState = 2;
    this.dispatchEvent(new Event("error"));
  }
}

let streams: Stream[] = [];
let entered: MeetingDoor[] = [];
const look = vi.spyOn(guests, "look");
const join = vi.spyOn(guests, "join");
const ask = vi.spyOn(guests, "place");
const leave = vi.spyOn(guests, "leave");
const place = (state: VisitorState) => ({
  guest: { id: "g", name: "Carla", state },
  meeting: { title: "Budget", encrypted: false, recorded: false },
  sfu: state === "admitted" ? { url: "wss://x", token: "t", identity: "@_guest_g:x:GUEST" } : null,
  breakout: null,
});

/** What the meeting's session would show. */
function show(phase: MeetingPhase): void {
  media.meeting.set({ key: "guest:g", phase, trouble: null } as MeetingSnapshot);
}

const visits: Visit[] = [];
const newVisit = (token = "token"): Visit => {
  const visit = new Visit(token, "", null);
  visits.push(visit);
  return visit;
};
const stepOf = (visit: Visit): string => {
  const { step, why } = visit.store.get();
  return why ? `${step}: ${why}` : step;
};

beforeEach(() => {
  vi.useFakeTimers();
  streams = [];
  entered = [];
  for (const mock of [look, join, ask, leave]) mock.mockReset();
  look.mockResolvedValue(LINK);
  leave.mockResolvedValue(undefined);
  vi.spyOn(guests, "events").mockImplementation(() => {
    const stream = new Stream();
    streams.push(stream);
    return stream as unknown as EventSource;
  });
  vi.spyOn(media, "joinMeeting").mockImplementation((door) => {
    entered.push(door);
    show("connected");
  });
});

afterEach(() => {
  for (const visit of visits.splice(0)) visit.end();
  media.meeting.set(null);
  sessionStorage.clear();
  localStorage.clear();
  vi.useRealTimers();
});

/** Up to the answer of the server to the knock. */
async function knock(state: VisitorState): Promise<Visit> {
  const visit = newVisit();
  await visit.start();
  visit.goOn(" Carla ");
  join.mockResolvedValueOnce({ id: "g", name: "Carla", state });
  ask.mockResolvedValue(place("admitted"));
  await visit.knock(CHOICES);
  return visit;
}

test("from the door through the waiting room into the meeting", async () => {
  const visit = await knock("waiting");
  expect(join).toHaveBeenCalledWith("token", "Carla");
  expect(stepOf(visit)).toBe("waiting");
  streams[0]?.tell("state", { state: "admitted" });
  await vi.waitFor(() => expect(entered).toHaveLength(1));
  expect(stepOf(visit)).toBe("inside");
  expect(entered[0]).toMatchObject({ key: "guest:g", title: "Budget", roomId: null });
  expect(await entered[0]?.ticket(null)).toMatchObject({ token: "t" });
  expect(ask).toHaveBeenLastCalledWith(true);
});

test("without a waiting room one is inside at once", async () => {
  const visit = await knock("admitted");
  expect(stepOf(visit)).toBe("inside");
  expect(entered).toHaveLength(1);
});

test.each(["refused", "left"] as const)("in the waiting room the server says %s", async (state) => {
  const visit = await knock("waiting");
  streams[0]?.tell("state", { state });
  expect(stepOf(visit)).toBe(`over: ${state === "left" ? "ended" : state}`);
  expect(streams[0]?.closed).toBe(true);
});

test.each<[MeetingPhase, string]>([
  ["left", "left"],
  ["removed", "removed"],
  ["replaced", "elsewhere"],
  ["failed", "lost"],
])("a session that is %s leads out: %s", async (phase, why) => {
  const visit = await knock("admitted");
  show(phase);
  expect(stepOf(visit)).toBe(`over: ${why}`);
});

test("removed by the server, the media end too, and the place is not given up by the page", async () => {
  const visit = await knock("admitted");
  streams[0]?.tell("state", { state: "removed" });
  expect(stepOf(visit)).toBe("over: removed");
  expect(media.meeting.get()).toBeNull();
  expect(leave).not.toHaveBeenCalled();
});

test("the page loaded again is back in its place, by the choices made before", async () => {
  (await knock("admitted")).end();
  entered = [];
  const visit = newVisit();
  await visit.start();
  expect(stepOf(visit)).toBe("inside");
  expect(visit.store.get().name).toBe("Carla");
  expect(entered).toHaveLength(1);
  expect(look).toHaveBeenCalledTimes(1);
});

test("a place that is gone begins at the door, as does another link", async () => {
  (await knock("waiting")).end();
  const other = newVisit("another");
  await other.start();
  expect(stepOf(other)).toBe("name");
  ask.mockResolvedValue(place("refused"));
  const same = newVisit();
  await same.start();
  expect(stepOf(same)).toBe("name");
});

test("a link that does not work says so, at the start and at the knock", async () => {
  look.mockRejectedValueOnce(new ApiError("link_expired", 410, "expired"));
  const visit = newVisit();
  await visit.start();
  expect(stepOf(visit)).toBe("bad");
  await visit.again();
  expect(stepOf(visit)).toBe("name");
  visit.goOn("Carla");
  join.mockRejectedValueOnce(new ApiError("meeting_full", 409, "full"));
  await visit.knock(CHOICES);
  expect(visit.store.get()).toMatchObject({ step: "prepare", busy: false, error: { code: "meeting_full" } });
  join.mockRejectedValueOnce(new ApiError("link_revoked", 410, "revoked"));
  await visit.knock(CHOICES);
  expect(stepOf(visit)).toBe("bad");
});

test("an encrypted meeting opens only for a link with its key", async () => {
  look.mockResolvedValue({ ...LINK, encrypted: true });
  const visit = newVisit();
  await visit.start();
  expect(visit.store.get()).toMatchObject({ step: "bad", error: { code: "link_incomplete" } });
  const whole = new Visit("token", "", KEYS);
  visits.push(whole);
  await whole.start();
  expect(stepOf(whole)).toBe("name");
});

test("nobody comes back into an encrypted meeting without its key", async () => {
  const knocked = await knock("admitted");
  knocked.end();
  const kept = JSON.parse(sessionStorage.getItem("unisono.guest") ?? "") as { choices: JoinChoices };
  kept.choices.encrypted = true;
  sessionStorage.setItem("unisono.guest", JSON.stringify(kept));
  look.mockResolvedValue({ ...LINK, encrypted: true });
  const visit = newVisit();
  await visit.start();
  expect(stepOf(visit)).toBe("bad");
});

test("a stream that breaks off is opened again, and what was missed is made up for", async () => {
  const visit = await knock("waiting");
  streams[0]?.breakOff();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(streams).toHaveLength(2);
  expect(stepOf(visit)).toBe("inside");
});

test("a guest whom the server no longer knows is out", async () => {
  const visit = await knock("waiting");
  ask.mockRejectedValue(new ApiError("not_a_guest", 401, "no guest"));
  streams[0]?.breakOff();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(stepOf(visit)).toBe("over: ended");
});

test("whoever stops waiting is gone at the server too, and may come back", async () => {
  const visit = await knock("waiting");
  await visit.giveUp();
  expect(leave).toHaveBeenCalledOnce();
  expect(stepOf(visit)).toBe("over: left");
  await visit.again();
  expect(stepOf(visit)).toBe("prepare");
});

test("a guest's breakout room is told as it changes, and only its own ticket is good for it", async () => {
  const visit = await knock("admitted");
  const [door] = entered;
  const told: (string | null)[] = [];
  door?.breakouts?.follow(({ mine, rooms }) => void told.push(mine && `${mine}: ${rooms[0]?.name}`));
  streams[0]?.tell("breakout", { id: "b", name: "Room 1", closes_at: null });
  streams[0]?.tell("breakout", { id: null, name: null, closes_at: null });
  expect(told).toEqual(["b: Room 1", null]);
  ask.mockResolvedValue({ ...place("admitted"), breakout: { id: "b", name: "Room 1", closes_at: 7 } });
  expect(await door?.breakouts?.read()).toMatchObject({ mine: "b", closesAt: 7 });
  expect(await door?.ticket("b")).toMatchObject({ token: "t" });
  await expect(door?.ticket("another")).rejects.toMatchObject({ trouble: "not_allowed" });
  expect(stepOf(visit)).toBe("inside");
});

test("a change of rooms that was missed is made up for when the stream is opened again", async () => {
  await knock("admitted");
  const told: (string | null)[] = [];
  entered[0]?.breakouts?.follow(({ mine }) => void told.push(mine));
  ask.mockResolvedValue({ ...place("admitted"), breakout: { id: "b", name: "Room 1", closes_at: null } });
  streams[0]?.breakOff();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(told).toEqual(["b"]);
});

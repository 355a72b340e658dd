import { beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import { meetings, type Visitor } from "../../api/meetings";
import { toasts } from "../../ui/toasts";
import "../../i18n/i18n";
import { callPhone, decide, followVisitors, visitorsOf } from "./visitors";

type Listener = (data: { meeting_id: string }) => void;
const heard = vi.hoisted(() => ({ meetings: new Set<Listener>() }));
vi.mock("../../api/events", () => ({
  onServerEvent: (_: string, listener: Listener) => {
    heard.meetings.add(listener);
    return () => heard.meetings.delete(listener);
  },
  onServerEventsOpen: () => () => undefined,
}));

const asked = vi.spyOn(meetings, "visitors");
const decided = vi.spyOn(meetings, "decide");

const guest = (id: string, known: Partial<Visitor> = {}): Visitor => ({
  id,
  kind: "guest",
  name: id,
  number: null,
  state: "waiting",
  identity: null,
  since: 0,
  not_reached: null,
  ...known,
});
const states = (): string[] =>
  visitorsOf("m")
    .get()
    .map((each) => `${each.id} ${each.state}`);

beforeEach(() => {
  asked.mockReset();
  decided.mockReset();
  toasts.set([]);
});

/** Looks at the meeting "m" with one who waits; ends after the test. */
async function look(): Promise<() => void> {
  asked.mockResolvedValueOnce([guest("carla")]);
  const end = followVisitors("m");
  await vi.waitFor(() => expect(states()).toEqual(["carla waiting"]));
  return end;
}

test("they are asked for once for all who look, and again at each event of that meeting", async () => {
  const ends = [await look(), followVisitors("m")];
  expect(asked).toHaveBeenCalledTimes(1);
  asked.mockResolvedValueOnce([guest("dario", { since: 2 }), guest("carla", { since: 1 })]);
  for (const tell of heard.meetings) tell({ meeting_id: "other" });
  for (const tell of heard.meetings) tell({ meeting_id: "m" });
  await vi.waitFor(() => expect(states()).toEqual(["carla waiting", "dario waiting"]));
  expect(asked).toHaveBeenCalledTimes(2);
  ends[0]?.();
  expect(heard.meetings.size).toBe(1);
  ends[1]?.();
  expect(heard.meetings.size).toBe(0);
  expect(states()).toEqual([]);
});

test("a decision shows at once", async () => {
  const end = await look();
  let answer: () => void = () => undefined;
  decided.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const done = decide("m", guest("carla"), { decision: "admit" });
  expect(states()).toEqual(["carla admitted"]);
  answer();
  await done;
  expect(decided).toHaveBeenCalledWith("m", "carla", { decision: "admit" });
  end();
});

test("a decision that fails is taken back and told", async () => {
  const end = await look();
  decided.mockRejectedValueOnce(new ApiError("encrypted_meeting", 409, "encrypted"));
  await expect(decide("m", guest("carla"), { decision: "admit" })).rejects.toThrow(ApiError);
  expect(states()).toEqual(["carla waiting"]);
  end();
});

test("what another moderator decided first is what counts", async () => {
  const end = await look();
  decided.mockRejectedValueOnce(new ApiError("already_decided", 409, ""));
  asked.mockResolvedValueOnce([guest("carla", { state: "refused" })]);
  await decide("m", guest("carla"), { decision: "admit" });
  expect(states()).toEqual(["carla refused"]);
  end();
});

const telephone = (state: Visitor["state"], reason: Visitor["not_reached"] = null): Visitor =>
  guest("06 123", { kind: "phone", state, not_reached: reason });
const told = (): string[] => toasts.get().map((each) => each.text);
async function changed(...now: Visitor[]): Promise<void> {
  asked.mockResolvedValueOnce(now);
  for (const tell of heard.meetings) tell({ meeting_id: "m" });
  await vi.waitFor(() => expect(visitorsOf("m").get()).toEqual(now));
}

test("who looks is told once why a telephone did not come, and not of what was before", async () => {
  asked.mockResolvedValueOnce([telephone("left", "no_answer")]);
  const end = followVisitors("m");
  await vi.waitFor(() => expect(states()).toEqual(["06 123 left"]));
  expect(told()).toEqual([]);
  const later = { ...telephone("left", "busy"), id: "second", name: "Marco" };
  await changed(telephone("left", "no_answer"), later);
  await changed(telephone("left", "no_answer"), later, guest("carla"));
  expect(told()).toEqual(["Marco: the line is busy."]);
  end();
});

test("who called a telephone is told, even when looking no longer", async () => {
  vi.spyOn(meetings, "callPhone").mockResolvedValueOnce(telephone("calling"));
  asked.mockResolvedValueOnce([]);
  await callPhone("m", "06 123", {});
  await changed(telephone("calling"));
  expect(heard.meetings.size).toBe(1);
  asked.mockResolvedValueOnce([telephone("left", "rejected")]);
  for (const tell of heard.meetings) tell({ meeting_id: "m" });
  await vi.waitFor(() => expect(told()).toEqual(["06 123 declined the call."]));
  expect(heard.meetings.size).toBe(0);
});

test("a call that is refused is not waited for", async () => {
  vi.spyOn(meetings, "callPhone").mockRejectedValueOnce(new ApiError("not_a_number", 400, ""));
  asked.mockResolvedValueOnce([]);
  await expect(callPhone("m", "x", {})).rejects.toThrow(ApiError);
  expect(heard.meetings.size).toBe(0);
});

import { beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import { meetings, type Visitor } from "../../api/meetings";
import { decide, followVisitors, visitorsOf } from "./visitors";

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
  ...known,
});
const states = (): string[] =>
  visitorsOf("m")
    .get()
    .map((each) => `${each.id} ${each.state}`);

beforeEach(() => {
  asked.mockReset();
  decided.mockReset();
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

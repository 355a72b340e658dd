import { expect, test } from "vitest";
import { callStories, type CallEvent } from "./callNotices";

const event = (type: string, sender: string, ts: number, reason: string | null = null): CallEvent => ({
  type: `m.call.${type}`,
  callId: "c1",
  sender,
  ts,
  reason,
  lifetime: null,
});
const told = (...events: CallEvent[]) => callStories(events, 10_000).get("c1");

test.each([
  ["rings while nothing follows the invitation", [event("invite", "a", 0)], "ringing", 0],
  ["is in progress once answered", [event("invite", "a", 0), event("answer", "b", 5_000)], "answered", 0],
  [
    "tells how long the two spoke",
    [event("invite", "a", 0), event("answer", "b", 5_000), event("hangup", "a", 65_400)],
    "ended",
    60,
  ],
  ["was rejected", [event("invite", "a", 0), event("reject", "b", 3_000)], "rejected", 0],
  ["was given up by the caller", [event("invite", "a", 0), event("hangup", "a", 9_000)], "cancelled", 0],
  [
    "was missed when it timed out",
    [event("invite", "a", 0), event("hangup", "a", 60_000, "invite_timeout")],
    "missed",
    0,
  ],
])("a call %s", (_name, events, result, seconds) => {
  expect(told(...events)).toEqual({ result, seconds });
});

test("the calls of a room are kept apart", () => {
  const other = { ...event("invite", "b", 1), callId: "c2" };
  const stories = callStories([event("invite", "a", 0), other, event("reject", "b", 2)], 10_000);
  expect(stories.get("c1")?.result).toBe("rejected");
  expect(stories.get("c2")?.result).toBe("ringing");
});

test("a call that nobody ended rings no longer than its invitation", () => {
  const lost = [{ ...event("invite", "a", 0), lifetime: 30_000 }];
  expect(callStories(lost, 29_000).get("c1")?.result).toBe("ringing");
  expect(callStories(lost, 60_000).get("c1")?.result).toBe("missed");
});

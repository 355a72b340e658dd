import { expect, test } from "vitest";
import type { CallRecord } from "../api/types";
import { conversations, others, shownAs, spokenIn } from "./conversations";

const OUTSIDE = { user_id: null, name: "", number: "+39061" };
const BRUNO = { user_id: "@bruno:x", name: "Bruno", number: "202" };

function part(id: string, from: number, to: number | null, extra: Partial<CallRecord> = {}): CallRecord {
  return {
    id,
    direction: "inbound",
    peer: OUTSIDE,
    video: false,
    started_at: from,
    answered_at: from + 1,
    ended_at: to,
    outcome: to === null ? "in_progress" : "answered",
    answered_on: "desk_phone",
    room_id: null,
    audio: { sent: null, received: null },
    ...extra,
  };
}

test("a conversation that was moved, parked and had others in it is one, where it began", () => {
  const calls = [
    part("z", 500, 600),
    part("d", 340, 400, { conversation: "a" }),
    part("c", 220, 300, { conversation: "a", direction: "outbound", peer: BRUNO }),
    part("b", 210, 340, { conversation: "a", peer: { user_id: null, name: "Tutti", number: null } }),
    part("y", 150, 160),
    part("a", 100, 201),
  ];
  const found = conversations(calls);
  expect(found.map(({ id, parts }) => [id, parts.length])).toEqual([
    ["z", 1],
    ["y", 1],
    ["a", 4],
  ]);
  const all = found[2]!;
  expect(shownAs(all)).toMatchObject({ id: "a", direction: "inbound", peer: OUTSIDE, outcome: "answered" });
  expect(others(all)).toEqual([BRUNO]);
  // 101 to 201, 211 to 340, and 341 to 400: what overlaps counts once.
  expect(spokenIn(all)).toBe(100 + 129 + 59);
});

test("it goes on while any of its calls does", () => {
  const [found] = conversations([part("b", 200, null, { conversation: "a" }), part("a", 100, 200)]);
  expect(shownAs(found!)).toMatchObject({ id: "a", outcome: "in_progress", ended_at: null });
  expect(spokenIn(found!)).toBeNull();
});

test("one that was missed at first and then spoken in is not missed", () => {
  const missed = part("a", 100, 200, { answered_at: null, answered_on: null, outcome: "missed" });
  const [found] = conversations([part("b", 300, 400, { conversation: "a" }), missed]);
  expect(shownAs(found!)).toMatchObject({ outcome: "answered", answered_at: 301 });
  const [alone] = conversations([missed]);
  expect(shownAs(alone!)).toMatchObject({ outcome: "missed", answered_at: null });
  expect(spokenIn(alone!)).toBeNull();
});

test("a part whose beginning has not been loaded yet stands for the whole", () => {
  const [found] = conversations([part("b", 200, 300, { conversation: "a" })]);
  expect(found).toMatchObject({ id: "a", first: { id: "b" } });
});

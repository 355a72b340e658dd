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

test("who is called while others talk does not make it ring", () => {
  const ringing = part("b", 200, null, { conversation: "a", direction: "outbound", answered_at: null });
  const [found] = conversations([ringing, part("a", 100, null)]);
  expect(shownAs(found!)).toMatchObject({ outcome: "in_progress", answered_at: 101 });
  expect(shownAs({ ...found!, parts: [ringing] })).toMatchObject({ answered_at: null });
});

test("what somebody else took at first is mine once I talk", () => {
  const taken = part("a", 100, 200, { answered_at: null, answered_on: null, picked_up_by: BRUNO });
  const [found] = conversations([part("b", 200, 300, { conversation: "a" }), taken]);
  expect(shownAs(found!)).toMatchObject({ outcome: "answered", answered_at: 201, picked_up_by: null });
  expect(shownAs({ ...found!, parts: [taken] })).toMatchObject({ answered_at: null, picked_up_by: BRUNO });
});

test("one whom I called in vain at first and spoke with then was spoken with", () => {
  const busy = part("a", 100, 110, {
    direction: "outbound",
    answered_at: null,
    answered_on: null,
    outcome: "busy",
  });
  const [found] = conversations([part("b", 120, 300, { conversation: "a" }), busy]);
  expect(shownAs(found!)).toMatchObject({ direction: "outbound", outcome: "answered", answered_at: 121 });
});

test("that somebody heard nothing in one part is said of the whole", () => {
  const silent = part("b", 200, 300, { conversation: "a", audio: { sent: true, received: false } });
  const [found] = conversations([silent, part("a", 100, 200)]);
  expect(shownAs(found!).audio).toEqual({ sent: true, received: false });
});

test("a colleague is named once, by name and by number", () => {
  const [found] = conversations([
    part("e", 500, 510, { conversation: "a", peer: { user_id: null, name: "", number: null } }),
    part("d", 400, 410, { conversation: "a", peer: { user_id: null, name: "", number: "202" } }),
    part("c", 300, 310, { conversation: "a", peer: BRUNO }),
    part("b", 200, 210, { conversation: "a", peer: { user_id: null, name: "", number: "+39061" } }),
    part("a", 100, 110),
  ]);
  expect(others(found!)).toEqual([BRUNO]);
});

test("whom a call was given to in vain was not in it", () => {
  const vain = part("b", 200, 230, { conversation: "a", peer: BRUNO, answered_at: null, outcome: "missed" });
  const [found] = conversations([part("c", 230, 300, { conversation: "a" }), vain, part("a", 100, 200)]);
  expect(others(found!)).toEqual([]);
});

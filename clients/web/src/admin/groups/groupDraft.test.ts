import { expect, test } from "vitest";
import type { RingGroup } from "../../api/groups";
import { groupBodyOf, groupDraftOf, moved } from "./groupDraft";

const SALES: RingGroup = {
  id: "1",
  name: "Sales",
  extension: "300",
  numbers: [{ number: "+390612345300", display: "06 12345300" }],
  strategy: "in_order",
  seconds: 15,
  skip_busy: false,
  members: [{ user_id: "@anna:x", name: "Anna", extension: "201", here: false }],
  otherwise: { kind: "voicemail", user_id: "@bruno:x" },
  otherwise_name: "Bruno",
  waiting: null,
  supervisors: [],
};

test("a group comes out of the form as it went in", () => {
  expect(groupBodyOf(groupDraftOf(SALES))).toEqual({
    name: "Sales",
    extension: "300",
    numbers: ["06 12345300"],
    strategy: "in_order",
    seconds: 15,
    skip_busy: false,
    members: [{ user_id: "@anna:x", here: false }],
    otherwise: { kind: "voicemail", user_id: "@bruno:x" },
    waiting: null,
  });
});

test("a queue comes out as it went in, and what it is not says so", () => {
  const times = { wrap_up: 0, longest: 60, announce: 0, answered_within: 10 };
  const heard = { listening: true, listening_told: false, supervisors: ["@dora:x"] };
  const waiting = { ...times, most: 5, welcome: false, call_back: "7", ...heard };
  const supervisors = [{ user_id: "@dora:x", name: "Dora" }];
  const draft = groupDraftOf({ ...SALES, waiting, supervisors });
  expect(groupBodyOf(draft)).toMatchObject({ waiting });
  for (const longest of ["9", "14401", "ten", "", "60.5"]) {
    expect(groupBodyOf({ ...draft, terms: { ...draft.terms, longest } })).toBe("queue");
  }
  expect(groupBodyOf({ ...draft, queue: false })).toMatchObject({ waiting: null });
});

test("several numbers are apart by commas, and blanks are none", () => {
  const draft = { ...groupDraftOf(null), numbers: " 06 1, ,06 2;" };
  expect(groupBodyOf(draft)).toMatchObject({ numbers: ["06 1", "06 2"], otherwise: null });
});

test.each([
  ["seconds", { seconds: "3" }],
  ["seconds", { seconds: "a while" }],
  ["target", { target: "group", to: " " }],
] as const)("what is wrong is named: %s", (wrong, change) => {
  expect(groupBodyOf({ ...groupDraftOf(SALES), ...change })).toBe(wrong);
});

test.each([
  [0, 1, ["b", "a", "c"]],
  [2, -1, ["a", "c", "b"]],
  [0, -1, ["a", "b", "c"]],
  [2, 1, ["a", "b", "c"]],
] as const)("the one at %i moves by %i, if there is room", (place, step, expected) => {
  expect(moved(["a", "b", "c"], place, step)).toEqual(expected);
});

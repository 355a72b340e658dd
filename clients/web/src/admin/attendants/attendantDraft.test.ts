import { expect, test } from "vitest";
import type { Attendant, Menu } from "../../api/attendants";
import {
  attendantBodyOf,
  attendantDraftOf,
  freeKey,
  freshMenu,
  keysOf,
  KINDS,
  freshAction,
  movedKey,
  targetOf,
  withKey,
} from "./attendantDraft";

const MENU: Menu = {
  ...freshMenu(),
  prompt: { text: "Welcome", sound: "1", own: false },
  keys: { "0": { kind: "repeat" }, "1": { kind: "colleague", user_id: "@anna:x" }, "*": { kind: "hang_up" } },
};
const FRONT: Attendant = {
  id: "1",
  name: "Front",
  extension: "400",
  numbers: [{ number: "+390612345400", display: "06 1234 5400" }],
  language: "it",
  hours: null,
  open: MENU,
  closed: null,
  holiday: { kind: "hang_up" },
  now: "open",
};

test("an attendant goes into the form and comes out as it was, without branches that have no hours", () => {
  const body = attendantBodyOf(attendantDraftOf(FRONT, "en"));
  expect(body).toEqual({
    name: "Front",
    extension: "400",
    numbers: ["06 1234 5400"],
    language: "it",
    hours: null,
    open: MENU,
    closed: null,
    holiday: null,
  });
  expect(attendantBodyOf({ ...attendantDraftOf(FRONT, "en"), hours: "h" })).toMatchObject({
    holiday: { kind: "hang_up" },
  });
});

test("whom nobody was named for is missed, however deep", () => {
  const draft = attendantDraftOf(null, "it");
  const deep = withKey(MENU, "2", { ...freshMenu(), otherwise: { kind: "group", group_id: "" } });
  expect(attendantBodyOf({ ...draft, open: deep })).toBe("target");
  expect(attendantBodyOf({ ...draft, closed: { kind: "number", number: " " } })).not.toBe("target");
  expect(attendantBodyOf({ ...draft, hours: "h", closed: { kind: "number", number: " " } })).toBe("target");
});

test("keys stand in the order of a telephone", () => {
  expect(keysOf(MENU).map(([key]) => key)).toEqual(["1", "*", "0"]);
  expect(freeKey(MENU)).toBe("2");
});

test("a key is moved to one that is free", () => {
  expect(keysOf(movedKey(MENU, "1", "5")).map(([key]) => key)).toEqual(["5", "*", "0"]);
  expect(movedKey(MENU, "1", "0")).toBe(MENU);
  expect(keysOf(withKey(MENU, "1", null))).toHaveLength(2);
});

test("each kind of action can be begun", () => {
  for (const kind of KINDS) expect(freshAction(kind).kind).toBe(kind);
  expect(targetOf(freshAction("group"))).toBe("");
  expect(targetOf(freshAction("back"))).toBeNull();
});

import { expect, test } from "vitest";
import { changed, forwardTo, secondsOffered } from "./changes";
import { BRUNO, fakeServices, MOBILE } from "./fakeServices";

test("a change leaves what it does not name", () => {
  const before = fakeServices({ busy: { on: true, target: BRUNO }, do_not_disturb: true });
  const off = changed(before, { busy: { on: false } });
  expect(off).toEqual({ ...before, busy: { on: false, target: BRUNO } });
  const later = changed(off, { no_answer: { on: true, target: MOBILE }, do_not_disturb: false });
  expect(later.no_answer).toEqual({ on: true, target: MOBILE, after: 20 });
  expect(later.do_not_disturb).toBe(false);
  const quiet = { desk_phone: false, clients: true };
  expect(changed(before, { rings: quiet })).toEqual({ ...before, rings: quiet });
});

test("a do-not-disturb with an end is on, and another press has none", () => {
  const until = changed(fakeServices(), { do_not_disturb_until: 5 });
  expect([until.do_not_disturb, until.do_not_disturb_until]).toEqual([true, 5]);
  const other = changed(until, { busy: { on: false } });
  expect(other.do_not_disturb_until).toBe(5);
  expect(changed(until, { do_not_disturb: true }).do_not_disturb_until).toBeNull();
});

test("plans that are switched off hold no more", () => {
  const now = { outside_hours: true, quiet: true, appointment: false, until: 5 };
  const before = fakeServices({ now, quiet: { on: true, times: [] } });
  expect(changed(before, { quiet: { on: false } }).now).toEqual({ ...now, quiet: false });
  expect(changed(before, { outside_hours: { on: false } }).now).toEqual({ ...now, outside_hours: false });
  expect(changed(before, { always: { on: false } }).now).toEqual(now);
});

test("the trouble of a rule is forgotten when it is changed, and no other's", () => {
  const troubles = [
    { situation: "always", why: "no_trunk" },
    { situation: "busy", why: "loop", through: ["Bruno"] },
  ] as const;
  const next = changed(fakeServices({ troubles }), { always: { on: false } });
  expect(next.troubles).toEqual([troubles[1]]);
});

test("whoever was found is a colleague by their Matrix id, or a number with its name if it has one", () => {
  expect(forwardTo({ key: "k", name: "Bruno Bianchi", to: "202", userId: "@bruno:localhost" })).toEqual(
    BRUNO,
  );
  expect(forwardTo({ key: "k", name: "Shop", to: "+3906111", userId: null })).toEqual({
    kind: "number",
    number: "+3906111",
    shown: "+3906111",
    name: "Shop",
  });
  expect(forwardTo({ key: "k", name: "333 1", to: "333 1", userId: null })).toMatchObject({ name: null });
});

test.each([
  [20, 44, [10, 15, 20, 25, 30, 40]],
  [17, 30, [10, 15, 17, 20, 25, 30]],
  [5, 9, [5]],
  [120, 120, [10, 15, 20, 25, 30, 40, 60, 90, 120]],
])("with %i seconds chosen of at most %i these are offered: %j", (chosen, most, offered) => {
  expect(secondsOffered(chosen, most)).toEqual(offered);
});

import { describe, expect, test } from "vitest";
import type { ForwardTrouble, Services } from "../api/services";
import { i18n } from "../i18n/i18n";
import { BRUNO, fakeMobile, fakeServices, MOBILE } from "./fakeServices";
import { active, courseOf, maySendOn, remarkable, ringsHere } from "./summary";
import { sentences, troubleWords, untilWords } from "./words";

const to = { on: true, target: BRUNO };
const rings = (desk: boolean, clients: boolean): Partial<Services> => ({
  rings: { desk_phone: desk, clients },
});
const trouble = (why: ForwardTrouble["why"]): Partial<Services> => ({
  troubles: [{ situation: "always", why }],
});

const outside: Partial<Services> = {
  now: { outside_hours: true, quiet: false, appointment: false, until: null },
};

function said(services: Services, deskPhone: boolean, mailbox = false): string {
  const t = i18n.getFixedT("en", "services");
  return sentences(services, courseOf(services, { deskPhone, mailbox }), t, (number) => number).join(" ");
}

describe("what happens to a call now, in words", () => {
  test.each<[string, Partial<Services>, boolean]>([
    ["Calls ring here and on your desk phone.", {}, true],
    ["Calls ring here.", {}, false],
    ["Calls ring here.", rings(false, true), true],
    ["Calls ring only on your desk phone.", rings(true, false), true],
    [
      "Calls ring here and on your desk phone; after 20 seconds they go to Bruno Bianchi.",
      { no_answer: { ...to, after: 20 } },
      true,
    ],
    [
      "Calls ring only on your desk phone; after 5 seconds they go to 333 123 4567.",
      { ...rings(true, false), no_answer: { on: true, target: MOBILE, after: 5 } },
      true,
    ],
    [
      "Calls ring here. While you are on the phone they go to Bruno Bianchi." +
        " When no device of yours is connected they go to 333 123 4567.",
      { busy: to, unreachable: { on: true, target: MOBILE } },
      false,
    ],
    ["Calls ring here. 333 123 4567 rings, too.", { mobiles: [fakeMobile()] }, false],
    [
      "Calls ring here. 333 123 4567 rings, too, after 10 seconds, in its hours.",
      {
        mobiles: [
          fakeMobile({
            delay: 10,
            hours: { timezone: "Europe/Rome", days: [0], opens: "08:00", closes: "19:00" },
          }),
        ],
      },
      false,
    ],
    [
      "Calls ring only on your mobile phone. 333 123 4567 rings.",
      { ...rings(true, false), mobiles: [fakeMobile({ delay: 10 })] },
      false,
    ],
    [
      "Calls ring here.",
      { mobiles: [fakeMobile({ on: false }), fakeMobile({ trouble: "class_of_service" })] },
      false,
    ],
    ["Calls go straight to Bruno Bianchi, without ringing.", { always: to, do_not_disturb: true }, true],
    [
      "Do not disturb is on: nothing rings, and callers hear that you are busy.",
      { do_not_disturb: true, no_answer: { ...to, after: 20 }, unreachable: to },
      true,
    ],
    ["Do not disturb is on: calls go straight to Bruno Bianchi.", { do_not_disturb: true, busy: to }, true],
    [
      "No device of yours rings now: callers hear that you cannot be reached.",
      { ...rings(false, false), busy: to },
      true,
    ],
    [
      "No device of yours rings now: calls go straight to Bruno Bianchi.",
      { ...rings(true, false), unreachable: to },
      false,
    ],
    ["Calls ring here and on your desk phone.", { always: { on: false, target: BRUNO } }, true],
    [
      "It is outside your hours: calls go straight to Bruno Bianchi.",
      { ...outside, outside_hours: to, do_not_disturb: true },
      true,
    ],
    [
      "It is outside your hours: nothing rings, and callers hear that you are busy.",
      { ...outside, outside_hours: { on: true, target: { kind: "nobody" } }, busy: to },
      true,
    ],
    ["Calls ring here.", { outside_hours: to }, false],
    ["Calls ring here.", { ...outside, outside_hours: { on: false, target: BRUNO } }, false],
    [
      "It is one of your quiet times: nothing rings, and callers hear that you are busy.",
      { now: { outside_hours: false, quiet: true, appointment: false, until: null } },
      true,
    ],
  ])("%s", (words, extra, connected) => {
    expect(said(fakeServices(extra), connected)).toBe(words);
  });
});

test.each<[string, Partial<Services>]>([
  ["Calls ring here and on your desk phone. Whoever gets no answer can leave a message.", {}],
  [
    "Calls ring here and on your desk phone; after 20 seconds they go to Bruno Bianchi.",
    { no_answer: { ...to, after: 20 } },
  ],
  ["Do not disturb is on: nothing rings, and callers can leave a message.", { do_not_disturb: true }],
  ["Do not disturb is on: calls go straight to Bruno Bianchi.", { do_not_disturb: true, busy: to }],
  ["No device of yours rings now: callers can leave a message.", rings(false, false)],
])("with a mailbox that takes messages: %s", (words, extra) => {
  expect(said(fakeServices(extra), true, true)).toBe(words);
});

test.each<[ForwardTrouble["why"], boolean]>([
  ["loop", true],
  ["too_long", true],
  ["unknown_person", false],
  ["no_trunk", false],
])("a rule in trouble of the kind %s leads on: %s", (why, leads) => {
  const services = fakeServices({ always: to, ...trouble(why) });
  expect(active(services, "always")).toBe(leads ? BRUNO : null);
  expect(ringsHere(services)).toBe(!leads);
});

test("it is said until when something holds by itself", () => {
  const t = i18n.getFixedT("en", "services");
  const until = Date.UTC(2026, 10, 30, 14);
  const at = until - 3_600_000;
  const set = fakeServices({ do_not_disturb: true, do_not_disturb_until: until });
  const here = new Date(until).toTimeString().slice(0, 5);
  expect(untilWords(set, "do_not_disturb", t, at)).toBe(` (until ${here})`);
  expect(untilWords({ ...set, do_not_disturb_until: null }, "do_not_disturb", t, at)).toBe("");
  const plans = fakeServices({ now: { outside_hours: true, quiet: false, appointment: false, until } });
  expect(untilWords(plans, "outside_hours", t, at)).toBe(" (until 15:00)");
  expect(untilWords(plans, "no_device", t, at)).toBe("");
});

test("a loop says through whom it goes", () => {
  const words = troubleWords(
    { situation: "always", why: "loop", through: ["Bruno", "Anna"] },
    i18n.getFixedT("en", "services"),
  );
  expect(words).toBe("The call would come back to where it began (Bruno → Anna): the last one rings.");
});

test.each<[ReturnType<typeof remarkable>, boolean, Partial<Services>]>([
  [null, true, {}],
  [null, true, { busy: to, no_answer: { ...to, after: 20 }, unreachable: to }],
  [null, true, rings(false, true)],
  [null, false, rings(true, false)],
  ["always", false, { always: to, do_not_disturb: true }],
  ["do_not_disturb", false, { do_not_disturb: true, busy: to }],
  ["no_device", false, rings(false, false)],
  ["outside_hours", false, { ...outside, outside_hours: to }],
  [null, true, { outside_hours: to }],
  ["appointment", false, { now: { outside_hours: false, quiet: false, appointment: true, until: 5 } }],
  ["quiet", false, { now: { outside_hours: false, quiet: true, appointment: false, until: null } }],
])("seen on every page: %s; rings on this page: %s", (what, here, extra) => {
  expect(remarkable(fakeServices(extra))).toBe(what);
  expect(ringsHere(fakeServices(extra))).toBe(here);
});

test("what rings may go on by any rule that is on but the one that lets nothing ring", () => {
  expect(maySendOn(fakeServices({ always: to, busy: { on: false, target: BRUNO } }))).toBe(false);
  expect(maySendOn(fakeServices({ unreachable: to }))).toBe(true);
  expect(maySendOn(fakeServices({ no_answer: { ...to, after: 20 } }))).toBe(true);
});

import { expect, test } from "vitest";
import { setLanguage } from "../../i18n/i18n";
import type { CallOfAnybody, Lane, RungStage, Step } from "../../api/traces";
import { arrowOf } from "./ladder";
import { partyWords, sinceStart, soundFault, stageWords } from "./words";

const lanes: Lane[] = ["caller", "unisono", "phone-1"].map((id) => ({ id, kind: "sip", address: "" }));
const step = (source: string, target: string): Step => ({
  at: 0,
  source,
  target,
  label: "INVITE",
  sdp: false,
  repeated: false,
  transport: "UDP",
  local: "",
  remote: "",
  text: "",
  cut: false,
});

test("an arrow leads from the middle of one lane to the middle of the other", () => {
  expect(arrowOf(step("caller", "unisono"), lanes)).toEqual({ from: 2, to: 4, towards: "right" });
  expect(arrowOf(step("phone-1", "unisono"), lanes)).toEqual({ from: 4, to: 6, towards: "left" });
});

test("what comes from nowhere has no arrow", () => {
  expect(arrowOf(step("nowhere", "unisono"), lanes)).toBeNull();
  expect(arrowOf(step("unisono", "unisono"), lanes)).toBeNull();
});

const call = (forth: boolean | null, back: boolean | null, answered: number | null = 1): CallOfAnybody => ({
  id: "A",
  via: "sip",
  dialled: "202",
  started_at: 0,
  answered_at: answered,
  ended_at: 2,
  outcome: "answered",
  caller: { user_id: null, name: "", number: null },
  callee: { user_id: null, name: "", number: null },
  reason: null,
  answered_on: null,
  audio: { caller_to_callee: forth, callee_to_caller: back },
  sound: { caller: null, callee: null, troubles: [] },
  traced: true,
});

test.each([
  [call(true, true), null],
  [call(true, false), "one_way"],
  [call(false, true), "one_way"],
  [call(false, false), "silent"],
  [call(null, false), null],
  [call(false, false, null), null],
])("the fault of the sound is told where it is known", (seen, fault) => {
  expect(soundFault(seen)).toBe(fault);
});

test("a colleague is told by name, anybody else by number", () => {
  const format = (number: string): string => `<${number}>`;
  expect(partyWords({ user_id: "@a:x", name: "Anna", number: "201" }, format)).toBe("Anna (<201>)");
  expect(partyWords({ user_id: null, name: "", number: "+39" }, format)).toBe("<+39>");
  expect(partyWords({ user_id: null, name: "+39", number: "+39" }, format)).toBe("+39");
  expect(partyWords({ user_id: null, name: "", number: null }, format, "199")).toBe("199");
});

test("times are told since the first message", () => {
  expect(sinceStart(1_234, 1_000)).toBe("0.234");
});

test("a stage of the route is told in words", () => {
  setLanguage("en");
  const stage: RungStage = {
    timeout: 20,
    after: ["busy"],
    legs: [
      { kind: "sip", to: "202", by: null },
      { kind: "trunk", to: "+39", by: "carrier" },
    ],
  };
  const words = stageWords(stage, (number) => number);
  expect(words).toBe("Phones of 202 + +39 by the line carrier, for 20 s (only after: busy)");
});

import { afterEach, expect, test } from "vitest";
import { readRemembered, remember, type Remembered } from "./remembered";

const ALL: Remembered = { microphone: true, camera: true, effect: { kind: "none" } };

afterEach(() => localStorage.clear());

test.each([
  [null],
  ["nonsense"],
  ["null"],
  ["[]"],
  ['{"microphone":1,"effect":{"kind":"blur","strength":"huge"}}'],
  ['{"effect":{"kind":"picture","id":"gone"}}'],
])("of %j nothing is remembered", (stored) => {
  expect(readRemembered(stored)).toEqual(ALL);
});

test.each<Remembered>([
  { microphone: false, camera: true, effect: { kind: "blur", strength: "strong" } },
  { microphone: true, camera: false, effect: { kind: "picture", id: "dawn" } },
])("%j is remembered", (choices) => {
  remember(choices);
  expect(readRemembered()).toEqual(choices);
});

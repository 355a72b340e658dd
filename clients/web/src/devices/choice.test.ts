import { describe, expect, test } from "vitest";
import { arrivals, deviceToUse, kindsOf, presentOf, readChosen } from "./choice";

const info = (kind: MediaDeviceKind, deviceId: string, label = ""): MediaDeviceInfo =>
  ({ kind, deviceId, label, groupId: "g" }) as MediaDeviceInfo;
const HEADSET = { id: "h1", label: "Headset", group: "g" };
const BUILT_IN = { id: "b1", label: "Built-in", group: "g" };

test("devices are sorted by kind; the system's choice is not listed twice", () => {
  const infos = [
    info("audioinput", "default", "Default - Headset"),
    info("audioinput", "communications", "Communications - Headset"),
    info("audioinput", "h1", "Headset"),
    info("audiooutput", "s1", "Loudspeaker"),
    info("videoinput", "c1", "Camera"),
  ];
  expect(presentOf(infos)).toEqual({
    microphone: [HEADSET],
    camera: [{ id: "c1", label: "Camera", group: "g" }],
    speaker: [{ id: "s1", label: "Loudspeaker", group: "g" }],
  });
});

test("before permission there are devices, but none with a name", () => {
  const infos = [info("audioinput", ""), info("videoinput", "")];
  expect(presentOf(infos).microphone).toEqual([]);
  expect([...kindsOf(infos)]).toEqual(["microphone", "camera"]);
});

describe("the device to use", () => {
  test.each([
    ["none chosen", null, [BUILT_IN, HEADSET], null],
    ["the chosen one", HEADSET, [BUILT_IN, HEADSET], "h1"],
    ["names not yet told", HEADSET, [], "h1"],
    ["unplugged", HEADSET, [BUILT_IN], null],
    ["the same under a new id", HEADSET, [BUILT_IN, { id: "h2", label: "Headset", group: "g" }], "h2"],
    [
      "nameless ones are not the same",
      { id: "x", label: "", group: "g" },
      [{ id: "y", label: "", group: "g" }],
      null,
    ],
  ])("%s", (_case, chosen, present, id) => {
    expect(deviceToUse(chosen, present)).toBe(id);
  });
});

test("what was plugged in is news; a first reading is not, nor are names that come with permission", () => {
  expect(arrivals([BUILT_IN], [BUILT_IN, HEADSET])).toEqual([HEADSET]);
  expect(arrivals([], [BUILT_IN, HEADSET])).toEqual([]);
  expect(arrivals([BUILT_IN, HEADSET], [BUILT_IN])).toEqual([]);
  expect(arrivals([{ id: "b1", label: "", group: "g" }], [BUILT_IN])).toEqual([]);
});

test.each([
  [null],
  ["nonsense"],
  ["null"],
  ["[1]"],
  ['{"microphone":{"id":5,"label":"x"},"camera":"c","speaker":{"id":""}}'],
])("the stored choice %j is no choice", (stored) => {
  expect(readChosen(stored)).toEqual({ microphone: null, camera: null, speaker: null });
});

test("a stored choice is read back", () => {
  const chosen = { microphone: HEADSET, camera: null, speaker: null };
  expect(readChosen(JSON.stringify(chosen))).toEqual(chosen);
});

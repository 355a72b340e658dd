import { beforeEach, expect, test, vi } from "vitest";
import { chooseDevice, devices, setNoiseSuppression } from "../../devices/devices";
import { followMediaChoice, type MediaHandler } from "./mediaChoice";

const M1 = { id: "m1", label: "Headset", group: "" };
const handler = {
  setAudioSettings: vi.fn<MediaHandler["setAudioSettings"]>(() => Promise.resolve()),
  setMediaInputs: vi.fn<MediaHandler["setMediaInputs"]>(() => Promise.resolve()),
};
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  vi.clearAllMocks();
  devices.update((state) => ({ ...state, present: { microphone: [M1], camera: [], speaker: [] } }));
  chooseDevice("microphone", null);
  setNoiseSuppression(true);
});

test("calls are told of the chosen devices, and of each change once", async () => {
  const end = followMediaChoice(handler);
  await settle();
  expect(handler.setMediaInputs.mock.calls).toEqual([["", ""]]);
  chooseDevice("microphone", "m1");
  chooseDevice("speaker", null);
  await settle();
  expect(handler.setMediaInputs.mock.calls).toEqual([
    ["", ""],
    ["m1", ""],
  ]);
  setNoiseSuppression(false);
  await settle();
  expect(handler.setAudioSettings).toHaveBeenLastCalledWith(
    expect.objectContaining({ noiseSuppression: false }),
  );
  end();
  chooseDevice("microphone", null);
  await settle();
  expect(handler.setMediaInputs).toHaveBeenCalledTimes(3);
});

test("a device that refuses does not break the call", async () => {
  handler.setAudioSettings.mockRejectedValueOnce(new Error("gone"));
  followMediaChoice(handler)();
  await settle();
  expect(handler.setMediaInputs).not.toHaveBeenCalled();
});

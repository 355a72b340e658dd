import { afterEach, beforeEach, expect, test, vi } from "vitest";

type Info = Pick<MediaDeviceInfo, "kind" | "deviceId" | "label" | "groupId">;
const info = (kind: MediaDeviceKind, deviceId: string, label: string): Info => ({
  kind,
  deviceId,
  label,
  groupId: `group of ${label}`,
});
const BUILT_IN = [info("audioinput", "m1", "Built-in"), info("audiooutput", "s1", "Loudspeaker")];
const HEADSET = [info("audioinput", "m2", "Headset"), info("audiooutput", "s2", "Headset")];

class MediaDevices extends EventTarget {
  list: Info[] = [...BUILT_IN];
  enumerateDevices = (): Promise<Info[]> => Promise.resolve(this.list);
  async plug(...list: Info[]): Promise<void> {
    this.list = list;
    this.dispatchEvent(new Event("devicechange"));
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
let media: MediaDevices;
/** The module as a page that was just opened has it. */
const page = async () => {
  vi.resetModules();
  return await import("./devices");
};

beforeEach(() => {
  media = new MediaDevices();
  vi.stubGlobal("navigator", { mediaDevices: media });
});
afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

test("a choice is remembered by the browser, and gives way while the device is unplugged", async () => {
  const first = await page();
  media.list = [...BUILT_IN, ...HEADSET];
  await first.readDevices();
  first.chooseDevice("microphone", "m2");
  const again = await page();
  const end = again.followDevices();
  await settle();
  expect(again.chosenId("microphone")).toBe("m2");
  await media.plug(...BUILT_IN);
  expect(again.chosenId("microphone")).toBeNull();
  await media.plug(...BUILT_IN, ...HEADSET);
  expect(again.chosenId("microphone")).toBe("m2");
  end();
});

test("a headset that is plugged in is told of once, and is microphone and loudspeaker", async () => {
  const { devices, followDevices, chooseHeadset, chosenId } = await page();
  const told: string[] = [];
  const end = followDevices((kind, device) => {
    told.push(`${kind} ${device.label}`);
    chooseHeadset(kind, device);
  });
  await settle();
  await media.plug(...BUILT_IN, ...HEADSET);
  await media.plug(...BUILT_IN, ...HEADSET);
  expect(told).toEqual(["microphone Headset"]);
  expect([chosenId("microphone"), chosenId("speaker")]).toEqual(["m2", "s2"]);
  end();
  await media.plug(...BUILT_IN);
  expect(devices.get().present.microphone).toHaveLength(2);
});

test("noise suppression is on until it is switched off, which is remembered", async () => {
  const first = await page();
  expect(first.devices.get().noiseSuppression).toBe(true);
  first.setNoiseSuppression(false);
  expect((await page()).devices.get().noiseSuppression).toBe(false);
});

test("a page without https has no devices and says so quietly", async () => {
  vi.stubGlobal("navigator", {});
  const { devices, readDevices } = await page();
  await readDevices();
  expect(devices.get().kinds.size).toBe(0);
});

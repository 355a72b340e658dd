import { createStore } from "../state/store";
import {
  arrivals,
  type Chosen,
  type Device,
  type DeviceKind,
  deviceToUse,
  kindsOf,
  type Present,
  presentOf,
  readChosen,
} from "./choice";

export interface DevicesState {
  readonly present: Present;
  /** Kinds of which there is a device, even where its name is still hidden. */
  readonly kinds: ReadonlySet<DeviceKind>;
  readonly chosen: Chosen;
  /** The browser takes fans and keyboards out of what the microphone hears. */
  readonly noiseSuppression: boolean;
}

const STORED = "unisono.devices";
const STORED_NOISE = "unisono.devices.noise";

/** The devices of this browser and the person's choice among them, which the browser remembers. */
export const devices = createStore<DevicesState>({
  present: { microphone: [], camera: [], speaker: [] },
  kinds: new Set(),
  chosen: readChosen(localStorage.getItem(STORED)),
  noiseSuppression: localStorage.getItem(STORED_NOISE) !== "off",
});

/** The id to ask the browser for, null for the system's device. */
export function chosenId(kind: DeviceKind, state: DevicesState = devices.get()): string | null {
  return deviceToUse(state.chosen[kind], state.present[kind]);
}

export function chooseDevice(kind: DeviceKind, id: string | null): void {
  devices.update((state) => {
    const device = state.present[kind].find((each) => each.id === id) ?? null;
    const chosen = { ...state.chosen, [kind]: device };
    localStorage.setItem(STORED, JSON.stringify(chosen));
    return { ...state, chosen };
  });
}

export function setNoiseSuppression(on: boolean): void {
  if (on) localStorage.removeItem(STORED_NOISE);
  else localStorage.setItem(STORED_NOISE, "off");
  devices.update((state) => ({ ...state, noiseSuppression: on }));
}

/** Reads the list anew; worth doing after a permission was given, which browsers do not tell of. */
export async function readDevices(): Promise<void> {
  const infos = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  devices.update((state) => ({ ...state, present: presentOf(infos), kinds: kindsOf(infos) }));
}

/** Tells of a microphone or camera that was plugged in while the page is open. */
export type Arrival = (kind: DeviceKind, device: Device) => void;

/** Keeps the list true while something is plugged in or out; the answer ends it. */
export function followDevices(onArrival: Arrival = () => undefined): () => void {
  let ended = false;
  const read = async (): Promise<void> => {
    const before = devices.get().present;
    await readDevices();
    if (ended) return;
    const { present } = devices.get();
    for (const kind of ["microphone", "camera"] as const)
      for (const device of arrivals(before[kind], present[kind])) onArrival(kind, device);
  };
  const onChange = (): void => void read();
  void readDevices();
  navigator.mediaDevices?.addEventListener("devicechange", onChange);
  return () => {
    ended = true;
    navigator.mediaDevices?.removeEventListener("devicechange", onChange);
  };
}

/** Also the loudspeaker of the same thing: a headset is one to a person. */
export function chooseHeadset(kind: DeviceKind, device: Device): void {
  chooseDevice(kind, device.id);
  const speaker = devices.get().present.speaker.find(({ group }) => group !== "" && group === device.group);
  if (kind === "microphone" && speaker) chooseDevice("speaker", speaker.id);
}

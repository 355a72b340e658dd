/** Which devices there are and which one is meant: pure rules over what the browser tells. */

export const DEVICE_KINDS = ["microphone", "camera", "speaker"] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

export interface Device {
  /** The browser's id of it, for this origin. */
  readonly id: string;
  readonly label: string;
  /** The same for the parts of one thing, as the microphone and the earphones of a headset. */
  readonly group: string;
}

export type Present = Readonly<Record<DeviceKind, readonly Device[]>>;

/** Null is the device that the system uses. */
export type Chosen = Readonly<Record<DeviceKind, Device | null>>;

const KIND_OF: Record<MediaDeviceKind, DeviceKind> = {
  audioinput: "microphone",
  videoinput: "camera",
  audiooutput: "speaker",
};

/** Chromium lists the system's choice a second time under these ids. */
const ALIASES: ReadonlySet<string> = new Set(["default", "communications"]);

/** The devices by kind; before permission was given browsers hide ids and names, and a list stays empty. */
export function presentOf(infos: readonly MediaDeviceInfo[]): Present {
  const found: Record<DeviceKind, Device[]> = { microphone: [], camera: [], speaker: [] };
  for (const { kind, deviceId: id, label, groupId: group } of infos) {
    if (id !== "" && !ALIASES.has(id)) found[KIND_OF[kind]].push({ id, label, group });
  }
  return found;
}

/** The kinds of which there is at least one device, named or not. */
export function kindsOf(infos: readonly MediaDeviceInfo[]): ReadonlySet<DeviceKind> {
  return new Set(infos.map(({ kind }) => KIND_OF[kind]));
}

/**
 * The id to ask the browser for; null lets it decide. A chosen device that is unplugged gives way until it is
 * back. Browsers give new ids when a person clears the site's data: then the same name is the same device.
 */
export function deviceToUse(chosen: Device | null, present: readonly Device[]): string | null {
  if (!chosen) return null;
  // Before permission was given the names are hidden, and the remembered one is as good as any.
  if (present.length === 0) return chosen.id;
  const same = present.find(({ id }) => id === chosen.id);
  return (same ?? present.find(({ label }) => label !== "" && label === chosen.label))?.id ?? null;
}

/** What was plugged in between two readings; a first reading, and one that only brings names, has no news. */
export function arrivals(before: readonly Device[], after: readonly Device[]): Device[] {
  if (before.length === 0) return [];
  const known = new Set(before.map(({ id }) => id));
  return after.filter(({ id, label }) => label !== "" && !known.has(id));
}

/** A stored choice read back; anything else than what was written is no choice. */
export function readChosen(stored: string | null): Chosen {
  const parsed = parse(stored);
  return {
    microphone: readDevice(parsed.microphone),
    camera: readDevice(parsed.camera),
    speaker: readDevice(parsed.speaker),
  };
}

function parse(stored: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function readDevice(value: unknown): Device | null {
  const { id, label, group } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || id === "" || typeof label !== "string") return null;
  return { id, label, group: typeof group === "string" ? group : "" };
}

import { createStore } from "../state/store";

export const KINDS = ["microphone", "camera", "notifications"] as const;
export type Kind = (typeof KINDS)[number];

/** "missing": there is no such device, or the browser knows nothing of the kind. */
export type Grant = "unknown" | "ask" | "granted" | "denied" | "missing";

export type Grants = Record<Kind, Grant>;

export const grants = createStore<Grants>({
  microphone: "unknown",
  camera: "unknown",
  notifications: "unknown",
});

/** Reads what the person has decided so far; asks nobody. */
export async function readGrants(): Promise<void> {
  const [microphone, camera] = await Promise.all([deviceGrant("microphone"), deviceGrant("camera")]);
  // A device that was found missing stays so until it is asked for again.
  grants.update((known) => ({
    microphone: known.microphone === "missing" && microphone === "ask" ? "missing" : microphone,
    camera: known.camera === "missing" && camera === "ask" ? "missing" : camera,
    notifications: notificationGrant(),
  }));
}

async function deviceGrant(kind: "microphone" | "camera"): Promise<Grant> {
  if (!navigator.mediaDevices) return "missing";
  try {
    const status = await navigator.permissions.query({ name: kind as PermissionName });
    return status.state === "prompt" ? "ask" : status.state;
  } catch {
    // A browser that does not tell: it shows the names of devices only once it was allowed.
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const wanted = kind === "microphone" ? "audioinput" : "videoinput";
    return devices.some((device) => device.kind === wanted && device.label !== "") ? "granted" : "ask";
  }
}

function notificationGrant(): Grant {
  if (typeof Notification === "undefined") return "missing";
  return Notification.permission === "default" ? "ask" : Notification.permission;
}

/** Asks the browser for one thing, and remembers the answer. */
export async function ask(kind: Kind): Promise<void> {
  const answer = kind === "notifications" ? await askNotifications() : await askDevice(kind);
  grants.update((known) => ({ ...known, [kind]: answer }));
}

/** One question after the other: a browser shows only one at a time. */
export async function askAll(): Promise<void> {
  for (const kind of KINDS) if (grants.get()[kind] === "ask") await ask(kind);
}

async function askNotifications(): Promise<Grant> {
  if (typeof Notification === "undefined") return "missing";
  const answer = await Notification.requestPermission();
  return answer === "default" ? "ask" : answer;
}

async function askDevice(kind: "microphone" | "camera"): Promise<Grant> {
  if (!navigator.mediaDevices) return "missing";
  try {
    const stream = await navigator.mediaDevices.getUserMedia(
      kind === "microphone" ? { audio: true } : { video: true },
    );
    for (const track of stream.getTracks()) track.stop();
    return "granted";
  } catch (error) {
    return grantAfter(error);
  }
}

/** What a failed `getUserMedia` says of the permission. */
export function grantAfter(error: unknown): Grant {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  // Another program holds the device: the person has allowed it all the same.
  if (name === "NotReadableError") return "granted";
  return name === "NotAllowedError" ? "denied" : "ask";
}

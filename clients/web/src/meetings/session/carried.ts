/** What one gives to a meeting. */
export const DEVICES = ["microphone", "camera", "screen"] as const;
export type Device = (typeof DEVICES)[number];

/** A device that is open: a `LocalTrack` of the media library. */
export interface OpenTrack {
  readonly source: string;
  /** What the device gives, before any effect. */
  readonly mediaStream?: MediaStream;
  stop(): void;
}

const SOURCES: Record<string, Device> = {
  microphone: "microphone",
  camera: "camera",
  screen_share: "screen",
  screen_share_audio: "screen",
};

/** To which device a track belongs: a shared screen may have two, one of them its sound. */
export function deviceOf({ source }: OpenTrack): Device | undefined {
  return SOURCES[source];
}

/** Whether a track still gives something; one that has ended gives nothing ever again. */
export function isOpen({ mediaStream }: OpenTrack): boolean {
  return mediaStream?.getTracks().some((track) => track.readyState === "live") ?? false;
}

/**
 * Devices on their way from one room of a meeting to the next: open, and sent to nobody. Asked for again they would blink,
 * or not come; a screen would have to be chosen again.
 */
export class Carried {
  private held: OpenTrack[] = [];
  private closed = false;

  put(track: OpenTrack): void {
    if (this.closed) track.stop();
    else this.held.push(track);
  }

  has(device: Device): boolean {
    return this.held.some((track) => deviceOf(track) === device && isOpen(track));
  }

  /** Gives away what is held of a device and still open. */
  take(device: Device): OpenTrack[] {
    const taken = this.held.filter((track) => deviceOf(track) === device && isOpen(track));
    this.held = this.held.filter((track) => !taken.includes(track));
    this.drop(device);
    return taken;
  }

  drop(device: Device): void {
    for (const track of this.held) if (deviceOf(track) === device) track.stop();
    this.held = this.held.filter((track) => deviceOf(track) !== device);
  }

  dropAll(): void {
    for (const track of this.held.splice(0)) track.stop();
  }

  /** The end of the meeting: whatever still comes is stopped. */
  close(): void {
    this.closed = true;
    this.dropAll();
  }
}

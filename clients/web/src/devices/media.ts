/** Opening microphones and cameras, and what it means when that fails. */

/** missing: there is none. busy: another program has it. insecure: a page without https gets none. */
export type MediaTrouble = "denied" | "missing" | "busy" | "insecure" | "failed";

export interface MicrophoneWish {
  kind: "microphone";
  id: string | null;
  noiseSuppression: boolean;
}

export interface CameraWish {
  kind: "camera";
  id: string | null;
}

export type Wish = MicrophoneWish | CameraWish;

/** Constraints of one device. A device that has gone in the meantime is no reason to fail: `ideal`. */
export function constraintsOf(wish: Wish): MediaStreamConstraints {
  const device = wish.id === null ? {} : { deviceId: { ideal: wish.id } };
  if (wish.kind === "camera") {
    return { video: { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } };
  }
  return {
    audio: {
      ...device,
      echoCancellation: true,
      autoGainControl: true,
      noiseSuppression: wish.noiseSuppression,
    },
  };
}

/** Opens one device; throws what `troubleOf` understands. */
export async function openDevice(wish: Wish): Promise<MediaStreamTrack> {
  if (!navigator.mediaDevices) throw Object.assign(new Error("no media devices"), { name: "SecurityError" });
  const stream = await navigator.mediaDevices.getUserMedia(constraintsOf(wish));
  const [track] = stream.getTracks();
  if (!track) throw Object.assign(new Error("a stream without a track"), { name: "NotFoundError" });
  return track;
}

const TROUBLES: Record<string, MediaTrouble> = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  SecurityError: "insecure",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

/** What a failed `getUserMedia` means to a person (W3C Media Capture and Streams, "getUserMedia()"). */
export function troubleOf(error: unknown): MediaTrouble {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  return TROUBLES[name] ?? "failed";
}

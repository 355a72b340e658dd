import type { Trouble } from "./types";

/** A door's word of why one does not get in. */
export class DoorTrouble extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble);
    this.name = "DoorTrouble";
  }
}

/** What kept one from joining, in a word that the page can translate. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof DoorTrouble) return error.trouble;
  const { name = "", reasonName = "", status = -1 } = Object(error) as Record<string, string | number>;
  if (name === "ApiError") return status === 0 || Number(status) >= 500 ? "unreachable" : "not_allowed";
  // livekit-client's error for a WebSocket or token that was refused.
  if (name === "ConnectionError" && wasFlooding(error)) return "flooded";
  if (name === "ConnectionError") return reasonName === "NotAllowed" ? "not_allowed" : "unreachable";
  if (name === "UnsupportedServer" || name === "DeviceUnsupportedError") return "no_webrtc";
  return "failed";
}

/** Our SFU says so of a device that it put out of the room a while ago; the library puts words of its own before it. */
function wasFlooding(error: unknown): boolean {
  return error instanceof Error && /(^|: )flood: /.test(error.message);
}

const DEVICE: Partial<Record<string, "denied" | "missing" | "in_use">> = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "in_use",
  AbortError: "in_use",
};

/** What a failed `getUserMedia` or `getDisplayMedia` says; null for a person who only changed their mind. */
export function deviceTrouble(kind: "microphone" | "camera" | "screen", error: unknown): Trouble | null {
  const why = DEVICE[(Object(error) as { name?: string }).name ?? ""];
  if (kind === "screen") return why === "denied" || why === "in_use" ? null : "screen_failed";
  return `${kind}_${why ?? "in_use"}`;
}

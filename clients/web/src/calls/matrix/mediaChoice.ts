import type { MatrixClient } from "matrix-js-sdk";
import { chosenId, devices } from "../../devices/devices";

/** What the SDK's media handler is told; a part of it, so that tests need no more. */
export type MediaHandler = Pick<
  ReturnType<MatrixClient["getMediaHandler"]>,
  "setMediaInputs" | "setAudioSettings"
>;

/**
 * Calls use the chosen microphone and camera, now and whenever another is chosen, also in the middle of a call.
 * The answer ends it.
 */
export function followMediaChoice(handler: MediaHandler): () => void {
  let last = "";
  const apply = (): void => {
    const { noiseSuppression } = devices.get();
    const [microphone, camera] = [chosenId("microphone"), chosenId("camera")];
    // The SDK opens the devices of a call anew at each telling: only what has changed is told.
    const now = JSON.stringify([microphone, camera, noiseSuppression]);
    if (now === last) return;
    last = now;
    void tell(handler, microphone, camera, noiseSuppression);
  };
  apply();
  return devices.subscribe(apply);
}

async function tell(
  handler: MediaHandler,
  microphone: string | null,
  camera: string | null,
  noiseSuppression: boolean,
): Promise<void> {
  // The empty string is the SDK's word for "whatever the system uses".
  try {
    await handler.setAudioSettings({ noiseSuppression, echoCancellation: true, autoGainControl: true });
    await handler.setMediaInputs(microphone ?? "", camera ?? "");
  } catch {
    // The device has just gone: the call goes on with what it has, the list will change in a moment.
  }
}

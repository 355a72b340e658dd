import { useEffect, useState } from "react";
import { useStore } from "../state/store";
import { Capture, type CaptureState } from "./capture";
import { chosenId, devices } from "./devices";
import type { Wish } from "./media";

/**
 * A device that is open while the component is shown and `wish` is not null. After trouble it tries again by
 * itself when something is plugged in or the person changes the permission.
 */
export function useCapture(wish: Wish | null): CaptureState & { retry: () => void } {
  const [capture] = useState(() => new Capture());
  const state = useStore(capture.state);
  useEffect(() => capture.want(wish));
  useEffect(() => {
    // React's strict mode runs effects twice: the next wish opens it again.
    return () => capture.want(null);
  }, [capture]);
  useEffect(() => retryOnChange(() => capture.retry()), [capture]);
  return { ...state, retry: () => capture.retry() };
}

function retryOnChange(retry: () => void): () => void {
  let ended = false;
  const statuses: PermissionStatus[] = [];
  const watch = async (name: string): Promise<void> => {
    const status = await navigator.permissions?.query({ name: name as PermissionName });
    if (ended || !status) return;
    status.addEventListener("change", retry);
    statuses.push(status);
  };
  // Firefox before 131 does not know these names.
  for (const name of ["microphone", "camera"]) void watch(name).catch(() => undefined);
  navigator.mediaDevices?.addEventListener("devicechange", retry);
  return () => {
    ended = true;
    for (const status of statuses) status.removeEventListener("change", retry);
    navigator.mediaDevices?.removeEventListener("devicechange", retry);
  };
}

/** The chosen camera. */
export function useCameraWish(): Wish {
  const state = useStore(devices);
  return { kind: "camera", id: chosenId("camera", state) };
}

/** The chosen microphone, with the person's wish about noise. */
export function useMicrophoneWish(): Wish {
  const state = useStore(devices);
  return {
    kind: "microphone",
    id: chosenId("microphone", state),
    noiseSuppression: state.noiseSuppression,
  };
}

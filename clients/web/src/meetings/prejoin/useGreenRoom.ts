import { useEffect, useState } from "react";
import { type CaptureState } from "../../devices/capture";
import { chosenId, followDevices } from "../../devices/devices";
import { useCameraWish, useCapture, useMicrophoneWish } from "../../devices/useCapture";
import { useStore } from "../../state/store";
import { Repainted, type RepaintedState } from "../effects/repainted";
import type { EffectChoice, JoinChoices } from "../session/types";
import { readRemembered, remember } from "./remembered";

type Device = CaptureState & { retry: () => void };

export interface GreenRoom {
  microphone: Device & { on: boolean; toggle: () => void };
  camera: Device & { on: boolean; toggle: () => void; picture: RepaintedState };
  effect: EffectChoice;
  setEffect: (effect: EffectChoice) => void;
  /** What would be joined with now. */
  choices: (encrypted: boolean) => JoinChoices;
}

/**
 * The devices as they will be in the meeting. Nothing is open while `paused`: the meeting opens them itself, and many
 * systems give a camera to one at a time.
 */
export function useGreenRoom(paused: boolean): GreenRoom {
  const [chosen, setChosen] = useState(readRemembered);
  const change = (part: Partial<typeof chosen>): void => {
    const next = { ...chosen, ...part };
    setChosen(next);
    remember(next);
  };
  const microphoneWish = useMicrophoneWish();
  const cameraWish = useCameraWish();
  const microphone = useCapture(chosen.microphone && !paused ? microphoneWish : null);
  const camera = useCapture(chosen.camera && !paused ? cameraWish : null);
  const picture = useRepainted(camera.track, chosen.effect);
  useEffect(() => followDevices(), []);
  return {
    microphone: {
      ...microphone,
      on: chosen.microphone && !microphone.trouble,
      toggle: () => (microphone.trouble ? microphone.retry() : change({ microphone: !chosen.microphone })),
    },
    camera: {
      ...camera,
      on: chosen.camera && !camera.trouble,
      toggle: () => (camera.trouble ? camera.retry() : change({ camera: !chosen.camera })),
      picture,
    },
    effect: chosen.effect,
    setEffect: (effect) => change({ effect }),
    choices: (encrypted) => ({
      microphone: chosen.microphone && !microphone.trouble,
      camera: chosen.camera && !camera.trouble,
      microphoneId: chosenId("microphone"),
      cameraId: chosenId("camera"),
      speakerId: chosenId("speaker"),
      // What does not work in the preview will not work in the meeting.
      effect: picture.failed ? { kind: "none" } : chosen.effect,
      encrypted,
    }),
  };
}

function useRepainted(source: MediaStreamTrack | null, effect: EffectChoice): RepaintedState {
  const [repainted] = useState(() => new Repainted());
  useEffect(() => repainted.want(source, effect));
  useEffect(() => () => repainted.close(), [repainted]);
  return useStore(repainted.state);
}

import { useEffect, useRef, useState } from "react";
import { record } from "../devices/playback";
import type { MediaTrouble } from "../devices/media";
import { useCapture, useMicrophoneWish } from "../devices/useCapture";

export interface Recorder<Purpose> {
  /** What is recorded for; null: nothing is. */
  purpose: Purpose | null;
  /** Seconds that were recorded. */
  at: number;
  trouble: MediaTrouble | null;
  start: (purpose: Purpose) => void;
  /** Ends it: what was said is the recording. */
  stop: () => void;
}

/**
 * Records the microphone for at most `longest` seconds; `onRecorded` is called with what was said, and not at
 * all where the page is left meanwhile.
 */
export function useRecorder<Purpose>(
  longest: number,
  onRecorded: (purpose: Purpose, sound: Blob) => void,
): Recorder<Purpose> {
  const [purpose, setPurpose] = useState<Purpose | null>(null);
  const [at, setAt] = useState(0);
  const ending = useRef<AbortController | null>(null);
  const wish = useMicrophoneWish();
  const { track, trouble } = useCapture(purpose === null ? null : wish);
  // It is another function at each turn, which begins no recording.
  const told = useRef(onRecorded);
  useEffect(() => {
    told.current = onRecorded;
  });
  useEffect(() => {
    if (!track || purpose === null) return;
    const controller = new AbortController();
    let left = false;
    ending.current = controller;
    const clock = setInterval(() => setAt((before) => before + 1), 1000);
    const over = (sound: Blob | null): void => {
      if (left) return;
      setPurpose(null);
      if (sound) told.current(purpose, sound);
    };
    record(track, longest * 1000, controller.signal).then(over, () => over(null));
    return () => {
      left = true;
      clearInterval(clock);
      controller.abort();
    };
  }, [track, purpose, longest]);
  return {
    purpose,
    at,
    trouble,
    start: (next) => {
      setAt(0);
      setPurpose(() => next);
    },
    // Without a track there is nothing to wait for.
    stop: () => (track ? ending.current?.abort() : setPurpose(null)),
  };
}

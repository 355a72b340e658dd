/** Hears oneself as others do: a few seconds of the microphone, played on the loudspeaker. */

import { routeTo } from "./playTone";

/** How long is listened, in ms. */
export const RECORD_MS = 4_000;

export type PlaybackPhase = "recording" | "playing";

/**
 * Records the track for a few seconds, then plays the recording on the loudspeaker (null: the system's), and
 * resolves when it was heard or `signal` ended it.
 */
export async function hearYourself(
  track: MediaStreamTrack,
  speakerId: string | null,
  show: (phase: PlaybackPhase) => void,
  signal: AbortSignal,
): Promise<void> {
  show("recording");
  const recording = await record(track, RECORD_MS, signal);
  if (signal.aborted) return;
  show("playing");
  const address = URL.createObjectURL(recording);
  try {
    await play(address, speakerId, signal);
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** What the track says for `most` ms, or until `signal` ends it. */
export function record(track: MediaStreamTrack, most: number, signal: AbortSignal): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const parts: Blob[] = [];
    const recorder = new MediaRecorder(new MediaStream([track]));
    const stop = (): void => {
      if (recorder.state !== "inactive") recorder.stop();
    };
    const timer = setTimeout(stop, most);
    signal.addEventListener("abort", stop);
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recorder.addEventListener("error", () => reject(new Error("the recording failed")));
    recorder.addEventListener("stop", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve(new Blob(parts, { type: recorder.mimeType }));
    });
    recorder.start();
  });
}

async function play(address: string, speakerId: string | null, signal: AbortSignal): Promise<void> {
  const element = new Audio(address);
  await routeTo(element, speakerId);
  const over = new Promise<void>((resolve, reject) => {
    element.addEventListener("ended", () => resolve());
    element.addEventListener("error", () => reject(new Error("the recording cannot be played")));
    signal.addEventListener("abort", () => {
      element.pause();
      resolve();
    });
  });
  await Promise.all([element.play(), over]);
}

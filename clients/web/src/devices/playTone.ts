/** A short tune on the chosen loudspeaker, so that a person hears which one it is. */

/** Hertz, in order: a rising chord, easier to hear than one tone. */
const NOTES = [523.25, 659.25, 783.99, 1046.5];
/** Seconds of each note. */
const NOTE = 0.22;
const GAIN = 0.18;

type Routed = { setSinkId?: (id: string) => Promise<void> };

/** Whether this browser lets a page choose the loudspeaker at all. */
export function canChooseSpeaker(): boolean {
  return typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;
}

/**
 * Plays the tune and resolves when it is over. It goes through a media element, as calls do: what is heard
 * here is heard there. Null is the system's loudspeaker. Throws when the loudspeaker has gone.
 */
export async function playTestTone(speakerId: string | null): Promise<void> {
  const context = new AudioContext();
  const element = new Audio();
  try {
    const out = context.createMediaStreamDestination();
    element.srcObject = out.stream;
    await routeTo(element, speakerId);
    await context.resume();
    await element.play();
    await tune(context, out);
  } finally {
    element.srcObject = null;
    await context.close();
  }
}

/** Sends an element's sound to a loudspeaker, where the browser can. */
export async function routeTo(element: HTMLMediaElement, speakerId: string | null): Promise<void> {
  await (element as Routed).setSinkId?.(speakerId ?? "");
}

function tune(context: AudioContext, out: AudioNode): Promise<void> {
  const volume = new GainNode(context, { gain: 0 });
  volume.connect(out);
  let last: OscillatorNode | null = null;
  for (const [index, frequency] of NOTES.entries()) {
    const start = context.currentTime + 0.05 + index * NOTE;
    volume.gain.setTargetAtTime(GAIN, start, 0.01);
    volume.gain.setTargetAtTime(0, start + NOTE * 0.7, 0.03);
    last = new OscillatorNode(context, { frequency });
    last.connect(volume);
    last.start(start);
    last.stop(start + NOTE);
  }
  return new Promise((resolve) => last?.addEventListener("ended", () => resolve()));
}

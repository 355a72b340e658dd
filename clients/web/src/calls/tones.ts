import type { CallsState } from "./manager";
import { isEngaged } from "./call";

export type ToneName = "ring" | "waiting" | "ringback" | "busy";

interface Note {
  /** Seconds from the start of the period, and how long. */
  at: number;
  for: number;
  hertz: readonly number[];
}

interface Pattern {
  period: number;
  /** How many periods; the ring goes on until the call changes. */
  times: number;
  gain: number;
  notes: readonly Note[];
}

const PATTERNS: Record<ToneName, Pattern> = {
  ring: {
    period: 3,
    times: Number.POSITIVE_INFINITY,
    gain: 0.16,
    notes: [0, 0.22, 0.44, 0.66].flatMap((at, index) => [
      { at, for: 0.2, hertz: index % 2 === 0 ? [659.25] : [880] },
      { at: at + 1, for: 0.2, hertz: index % 2 === 0 ? [659.25] : [880] },
    ]),
  },
  waiting: {
    period: 5,
    times: Number.POSITIVE_INFINITY,
    gain: 0.08,
    notes: [
      { at: 0, for: 0.2, hertz: [425] },
      { at: 0.6, for: 0.2, hertz: [425] },
    ],
  },
  // 425 Hz with these cadences is what European exchanges play (ITU-T E.180).
  ringback: {
    period: 5,
    times: Number.POSITIVE_INFINITY,
    gain: 0.06,
    notes: [{ at: 0, for: 1, hertz: [425] }],
  },
  busy: { period: 1, times: 3, gain: 0.06, notes: [{ at: 0, for: 0.5, hertz: [425] }] },
};

/** Row and column frequencies of the keypad (ITU-T Q.23). */
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const KEYS = ["123A", "456B", "789C", "*0#D"];

/** The two frequencies of a key, or null for what is no key. */
export function dtmfFrequencies(key: string): readonly [number, number] | null {
  const row = KEYS.findIndex((line) => key.length === 1 && line.includes(key));
  if (row < 0) return null;
  const column = (KEYS[row] as string).indexOf(key);
  return [ROWS[row] as number, COLUMNS[column] as number];
}

/** The tone that the calls ask for: what rings here wins over what is heard from afar. */
export function toneFor(state: CallsState): ToneName | null {
  const ringing = state.calls.some((call) => call.phase === "ringing-in");
  if (ringing) return state.calls.some(isEngaged) ? "waiting" : "ring";
  if (state.calls.some((call) => call.phase === "ringing-out")) return "ringback";
  if (state.calls.some(isEngaged)) return null;
  const refused = state.notices.at(-1);
  const outbound = refused?.direction === "outbound";
  return outbound && !refused?.endReason?.startsWith("microphone") ? "busy" : null;
}

/** Plays one pattern at a time; silent where the browser does not let a page sound before a gesture. */
export class TonePlayer {
  private context: AudioContext | null = null;
  private stopCurrent: (() => void) | null = null;
  private current: ToneName | null = null;

  play(name: ToneName | null): void {
    if (name === this.current) return;
    this.current = name;
    this.stopCurrent?.();
    this.stopCurrent = name ? this.start(PATTERNS[name]) : null;
  }

  /** One short sound of a key. */
  key(key: string): void {
    const hertz = dtmfFrequencies(key);
    const context = this.audio();
    if (hertz && context)
      sound(context, context.destination, { at: 0, for: 0.12, hertz }, context.currentTime, 0.05);
  }

  private start(pattern: Pattern): () => void {
    const context = this.audio();
    if (!context) return () => undefined;
    const output = context.createGain();
    output.connect(context.destination);
    let left = pattern.times;
    const cycle = (): void => {
      if (left-- <= 0) return;
      for (const note of pattern.notes) sound(context, output, note, context.currentTime, pattern.gain);
    };
    cycle();
    const timer = setInterval(cycle, pattern.period * 1000);
    return () => {
      clearInterval(timer);
      output.disconnect();
    };
  }

  private audio(): AudioContext | null {
    if (typeof AudioContext === "undefined") return null;
    this.context ??= new AudioContext();
    void this.context.resume().catch(() => undefined);
    return this.context;
  }
}

function sound(context: AudioContext, output: AudioNode, note: Note, from: number, gain: number): void {
  const start = from + note.at;
  const end = start + note.for;
  const envelope = context.createGain();
  envelope.gain.setValueAtTime(0, start);
  envelope.gain.linearRampToValueAtTime(gain, start + 0.015);
  envelope.gain.setValueAtTime(gain, end - 0.03);
  envelope.gain.linearRampToValueAtTime(0, end);
  envelope.connect(output);
  for (const hertz of note.hertz) {
    const oscillator = context.createOscillator();
    oscillator.frequency.value = hertz;
    oscillator.connect(envelope);
    oscillator.start(start);
    oscillator.stop(end);
  }
}

export const tones = new TonePlayer();

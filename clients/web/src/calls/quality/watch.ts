import type { HeardSummary, SideTrouble, SoundTrouble } from "../../api/types";
import { score } from "./emodel";
import type { SoundCounters } from "./stats";

/** How the sound of a call is. `score` is the MOS of what arrived in the last five seconds. */
export interface CallSound {
  score: number | null;
  trouble: Pick<SoundTrouble, "fault" | "why" | "mine"> | null;
}

/** The limits of `bridges/sip/quality/watch.py`, in ms. */
const MISSED = 1_800;
const STOPPED = 8_000;
const SILENT = 12_000;
const SAMPLE = 5_000;
const BAD = 3.1;
const GOOD_AGAIN = 3.6;
const ENOUGH = 50;
/** What the server takes of one call. */
const MOST_TROUBLES = 20;

/** Between two looks, in ms: two of them fall into the first two seconds. */
export const LOOK_MS = 900;

/**
 * Watches one call's sound as the browser counts it, for calls that pass by no bridge, too. Pure: `now` in ms.
 * `begun` is when the call stood.
 */
export class SoundWatch {
  private arrivedAt: number | null = null;
  private since: number;
  private last: SoundCounters | null = null;
  private sampled: { at: number; counters: SoundCounters } | null = null;
  private score: number | null = null;
  private bad = false;
  private peerBad = false;
  private quietSince: number;
  private energy: number | null = null;
  private scores: number[] = [];
  private worst: { score: number; at: number } | null = null;
  private lost = 0;
  private expected = 0;
  private jitter = 0;
  private codec: string | null = null;
  private readonly over: SideTrouble[] = [];
  private open: SideTrouble | null = null;

  constructor(begun: number) {
    this.since = begun;
    this.quietSince = begun;
  }

  /**
   * Takes counters; `held`: nobody need be heard; `muted`: of our own microphone nothing is to be heard; `wall` is
   * the time of day in ms since the epoch.
   */
  receive(counters: SoundCounters, now: number, held: boolean, muted: boolean, wall = 0): CallSound {
    if (counters.packets > (this.last?.packets ?? 0)) this.arrivedAt = now;
    if (held) this.since = now;
    this.last = counters;
    this.listenToOurselves(counters, now, held || muted);
    this.sample(counters, now, held, wall);
    const trouble = held ? null : this.judge(counters, now);
    this.note(trouble, wall);
    return { score: this.score, trouble };
  }

  /** What is said of a call that is over, at `wall`; null when it was too short to be measured. */
  summary(wall: number): HeardSummary | null {
    if (this.worst === null) return null;
    const sum = this.scores.reduce((total, each) => total + each, 0);
    const heard = {
      mos_mean: rounded(sum / this.scores.length, 2),
      mos_min: rounded(this.worst.score, 2),
      worst_at: this.worst.at,
      samples: this.scores.length,
      loss: rounded(this.lost / this.expected, 4),
      jitter_ms: rounded(this.jitter * 1000, 1),
      codec: this.codec,
    };
    const troubles = this.open ? [...this.over, { ...this.open, until: wall }] : this.over;
    return { heard, troubles: troubles.slice(-MOST_TROUBLES) };
  }

  private note(trouble: CallSound["trouble"], wall: number): void {
    const side = trouble?.mine ? "caller" : "callee";
    if (trouble?.fault === this.open?.fault && (!trouble || side === this.open?.side)) return;
    if (this.open) this.over.push({ ...this.open, until: wall });
    this.open = trouble ? { fault: trouble.fault, why: trouble.why, side, since: wall, until: null } : null;
  }

  private listenToOurselves({ ownEnergy }: SoundCounters, now: number, excused: boolean): void {
    const quiet = ownEnergy !== null && this.energy !== null && ownEnergy <= this.energy;
    if (excused || !quiet) this.quietSince = now;
    this.energy = ownEnergy;
  }

  private sample(counters: SoundCounters, now: number, held: boolean, wall: number): void {
    if (this.sampled === null) this.sampled = { at: now, counters };
    if (now - this.sampled.at < SAMPLE) return;
    const before = this.sampled.counters;
    this.sampled = { at: now, counters };
    const arrived = counters.packets - before.packets;
    const lost = Math.max(0, counters.lost - before.lost);
    if (held || arrived + lost < ENOUGH) return;
    this.score = score(counters.codec, lost / (arrived + lost), counters.roundTrip, counters.jitter);
    this.scores.push(this.score);
    if (this.worst === null || this.score < this.worst.score) this.worst = { score: this.score, at: wall };
    this.lost += lost;
    this.expected += arrived + lost;
    this.jitter = Math.max(this.jitter, counters.jitter);
    this.codec = counters.codec;
    this.bad = this.score <= (this.bad ? GOOD_AGAIN : BAD);
    const theirs = score(counters.codec, counters.peerLoss ?? 0, counters.roundTrip, 0);
    this.peerBad = theirs <= (this.peerBad ? GOOD_AGAIN : BAD);
  }

  private judge(counters: SoundCounters, now: number): CallSound["trouble"] {
    const since = Math.max(this.since, this.arrivedAt ?? 0);
    if (this.arrivedAt === null && now - since >= MISSED)
      return { fault: "nothing", why: counters.connected ? "blocked" : "not_connected", mine: false };
    if (this.arrivedAt !== null && now - since >= STOPPED)
      return { fault: "nothing", why: "stopped", mine: false };
    if (now - this.quietSince >= SILENT) return { fault: "silent", why: "muted", mine: true };
    if (this.bad) return { fault: "lossy", why: "network", mine: false };
    return this.peerBad ? { fault: "lossy", why: "network", mine: true } : null;
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/**
 * Asks `read` again and again until the answer is called, which says how it was; `changed` hears each other state
 * once.
 */
export function watchSound(
  read: () => Promise<SoundCounters | null>,
  state: () => { held: boolean; muted: boolean },
  changed: (sound: CallSound) => void,
): () => HeardSummary | null {
  const watch = new SoundWatch(performance.now());
  let said = "";
  const look = async (): Promise<void> => {
    const counters = await read().catch(() => null);
    if (counters === null) return;
    const { held, muted } = state();
    const sound = watch.receive(counters, performance.now(), held, muted, Date.now());
    const now = JSON.stringify([sound.trouble, sound.score?.toFixed(1)]);
    if (now !== said) changed(sound);
    said = now;
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => {
    clearInterval(timer);
    return watch.summary(Date.now());
  };
}

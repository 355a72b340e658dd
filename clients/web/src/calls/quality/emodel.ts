/**
 * The E-model (ITU-T G.107, G.113): how packets that arrive, or do not, sound to people. The same scale as
 * `webrtc/emodel.py`, where its assumptions stand; `emodel.cases.json` is checked by the tests of both.
 */

/** MOS from which sound is good to people (G.107, Annex B: R 80). */
export const GOOD = 4.03;

/** R with all of G.107's default values. */
const BEST = 93.2;
/** Milliseconds of coding and packets of 20 ms, and of the smallest jitter buffer. */
const DEVICES_MS = 40;
/** Robustness against loss; none of these codecs is impaired by itself on this scale. */
const BPL: Record<string, number> = { PCMU: 25.1, PCMA: 25.1, G722: 25.1, OPUS: 20 };
const UNKNOWN = 25.1;

/** MOS, 1 to 4.5, of what arrived. `loss` is a share of 1, times are in seconds. */
export function score(codec: string | null, loss: number, roundTrip: number | null, jitter: number): number {
  const percent = 100 * Math.min(Math.max(loss, 0), 1);
  const bpl = BPL[(codec ?? "").toUpperCase()] ?? UNKNOWN;
  const effective = (95 * percent) / (percent + bpl);
  const delay = (roundTrip ?? 0) * 500 + jitter * 2_000 + DEVICES_MS;
  return mos(Math.max(0, BEST - effective - absoluteDelay(delay)));
}

/** Idd (G.107, Section 7.4): nothing up to 100 ms. */
function absoluteDelay(ms: number): number {
  if (ms <= 100) return 0;
  const x = Math.log2(ms / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** G.107, Annex B. */
function mos(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

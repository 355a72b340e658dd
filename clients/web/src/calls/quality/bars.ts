import { GOOD } from "./emodel";

/** MOS under which many, and nearly all, are dissatisfied (G.107, Annex B: R 70 and R 60). */
const FAIR = 3.6;
const POOR = 3.1;

/** Bars of a telephone, 1 to 4, for a MOS. */
export function barsOf(score: number): 1 | 2 | 3 | 4 {
  if (score >= GOOD) return 4;
  if (score >= FAIR) return 3;
  return score >= POOR ? 2 : 1;
}

/** The word for it. */
export function soundKey(score: number): "sound_good" | "sound_weak" | "sound_poor" {
  const bars = barsOf(score);
  if (bars === 4) return "sound_good";
  return bars === 1 ? "sound_poor" : "sound_weak";
}

/** What zxcvbn says of a password, as far as it is used here. */
export interface Estimate {
  /** 0 (guessed at once) to 4. */
  score: number;
  sequence: readonly { pattern: string; dictionary_name?: string }[];
}

/** The shortest password that the server takes. */
export const PASSWORD_MIN = 8;
/** The server takes nothing below this score. */
const SCORE_MIN = 3;

export type Strength =
  | { level: "empty" }
  | { level: "short"; missing: number }
  | { level: "weak"; why: "personal" | "common" | "repeated" | "sequence" | "date" | "simple" }
  | { level: "good" | "strong" };

/** The words that a person's password should not be made of. */
export function personalWords(...texts: string[]): string[] {
  return ["unisono", ...texts.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u)).filter((word) => word !== "")];
}

/** Judges a password by its length and its estimate, in terms that can be said in words. */
export function judge(password: string, estimate: Estimate): Strength {
  const length = [...password].length;
  if (length === 0) return { level: "empty" };
  if (length < PASSWORD_MIN) return { level: "short", missing: PASSWORD_MIN - length };
  if (estimate.score < SCORE_MIN) return { level: "weak", why: whyWeak(estimate) };
  return { level: estimate.score === SCORE_MIN ? "good" : "strong" };
}

function whyWeak({
  sequence,
}: Estimate): "personal" | "common" | "repeated" | "sequence" | "date" | "simple" {
  const has = (test: (part: Estimate["sequence"][number]) => boolean): boolean => sequence.some(test);
  if (has((part) => part.dictionary_name === "user_inputs")) return "personal";
  if (sequence.length === 1 && has((part) => part.dictionary_name === "passwords")) return "common";
  if (has((part) => part.pattern === "repeat")) return "repeated";
  if (has((part) => part.pattern === "sequence" || part.pattern === "spatial")) return "sequence";
  if (has((part) => part.pattern === "date")) return "date";
  return "simple";
}

/** zxcvbn's time grows faster than the length; the server looks at no more either. */
const LOOKED_AT = 72;

/** Loads the estimator (half of it is lists of words, a chunk of its own). */
export async function loadEstimator(): Promise<(password: string, words: string[]) => Estimate> {
  const { default: zxcvbn } = await import("zxcvbn");
  return (password, words) => zxcvbn(password.slice(0, LOOKED_AT), words);
}

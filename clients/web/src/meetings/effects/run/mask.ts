/** What the model says of a picture, made into a calm outline. */

/** Pixels of the picture that the model looks at, and of the mask that it answers with. */
export const MASK_WIDTH = 256;
export const MASK_HEIGHT = 144;

/** How much of the last mask is kept: edges flicker less, and what moves leaves no trail. */
const KEPT = 0.35;
/** A change as large as this is a movement, not flicker: nothing of the last mask is kept. */
const MOVED = 0.6;

/**
 * Mixes a new mask (1 is a person, 0 what is behind) into the smoothed one, which is changed, and writes it as
 * bytes. All three are of the same length.
 */
export function smooth(smoothed: Float32Array, next: ArrayLike<number>, bytes: Uint8Array): void {
  for (let index = 0; index < smoothed.length; index++) {
    const [before, now] = [smoothed[index] as number, next[index] as number];
    const change = Math.abs(now - before);
    const kept = change > MOVED ? 0 : KEPT * (1 - change / MOVED);
    const value = now + (before - now) * kept;
    smoothed[index] = value;
    bytes[index] = Math.round(value * 255);
  }
}

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

/** The part of the time that may go into finding people. */
const SHARE = 0.5;
/** However slow the machine is, the outline follows the person at least as often, in ms. */
const AT_LEAST_EVERY_MS = 250;

/**
 * Decides which frames are looked at: all while the machine is fast enough, else as many as fit. The frames between
 * are drawn with the last mask, so that the picture itself stays fluent. Times are in ms.
 */
export class Pace {
  private average = 0;
  private last = Number.NEGATIVE_INFINITY;

  /** Whether to look at the frame that has come now. */
  due(now: number): boolean {
    if (now - this.last < Math.min(this.average / SHARE, AT_LEAST_EVERY_MS)) return false;
    this.last = now;
    return true;
  }

  /** Tells how long the last look took. */
  took(milliseconds: number): void {
    this.average = this.average === 0 ? milliseconds : this.average * 0.9 + milliseconds * 0.1;
  }
}

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

/** Milliseconds that finding people may take of each frame; more, and not every frame is looked at. */
const BUDGET_MS = 14;
const AT_MOST_EVERY = 4;

/**
 * Decides which frames are looked at: all while the machine is fast enough, else every second, third or fourth. The
 * frames between are drawn with the last mask, so that the picture itself stays fluent.
 */
export class Pace {
  private average = 0;
  private since = Number.POSITIVE_INFINITY;

  /** Whether to look at the frame that has come; asked once a frame. */
  due(): boolean {
    this.since += 1;
    if (this.since < this.every()) return false;
    this.since = 0;
    return true;
  }

  /** Tells how long the last look took, in ms. */
  took(milliseconds: number): void {
    this.average = this.average === 0 ? milliseconds : this.average * 0.9 + milliseconds * 0.1;
  }

  private every(): number {
    return Math.min(AT_MOST_EVERY, Math.max(1, Math.ceil(this.average / BUDGET_MS)));
  }
}

/** What a slow machine leaves out. All times are in ms. */

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

/** Fewer frames a second than this are no video any more. */
const SLOWEST_MS = 1000 / 10;
/** So many frames are judged together. */
const WINDOW = 20;
/** A longer pause is not slowness: the camera was off, or the page asleep. */
const PAUSE_MS = 1000;

/**
 * Decides how large frames are painted: on a machine without a graphics unit half of the width and height gives
 * several times the frames. It is not taken back: what was too slow once would be so again.
 */
export class Scale {
  /** 1, or one half. */
  factor = 1;
  private last = Number.NaN;
  private times: number[] = [];

  /** A frame is painted now. */
  painted(now: number): void {
    const since = now - this.last;
    this.last = now;
    if (this.factor < 1 || !(since < PAUSE_MS)) return;
    this.times.push(since);
    if (this.times.length < WINDOW) return;
    const mean = this.times.reduce((sum, time) => sum + time, 0) / WINDOW;
    this.times = [];
    if (mean > SLOWEST_MS) this.factor = 0.5;
  }
}

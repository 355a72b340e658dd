import { createStore, type Store } from "../state/store";
import { readDevices } from "./devices";
import { type MediaTrouble, openDevice, troubleOf, type Wish } from "./media";

/** One device that is open, on the way, or could not be opened. */
export interface CaptureState {
  readonly track: MediaStreamTrack | null;
  readonly opening: boolean;
  readonly trouble: MediaTrouble | null;
}

const CLOSED: CaptureState = { track: null, opening: false, trouble: null };

/**
 * Holds one device open, as it was last wished for: the newest wish wins, whatever order the browser answers
 * in, and no track outlives its wish, so that the light of a camera goes out.
 */
export class Capture {
  readonly state: Store<CaptureState> = createStore<CaptureState>(CLOSED);
  private wish: Wish | null = null;
  private turn = 0;

  /** @param open opens a device; the browser's by default. */
  constructor(private readonly open: (wish: Wish) => Promise<MediaStreamTrack> = openDevice) {}

  /** Opens the device, or another one, or with null closes it. The same wish again changes nothing. */
  want(wish: Wish | null): void {
    if (JSON.stringify(wish) === JSON.stringify(this.wish)) return;
    this.wish = wish;
    this.begin();
  }

  /** Tries the same again: something was plugged in, or another program closed. */
  retry(): void {
    if (this.wish && this.state.get().trouble) this.begin();
  }

  private begin(): void {
    const turn = ++this.turn;
    this.release();
    if (!this.wish) return this.state.set(CLOSED);
    this.state.set({ track: null, opening: true, trouble: null });
    void this.fetch(this.wish, turn);
  }

  private async fetch(wish: Wish, turn: number): Promise<void> {
    try {
      const track = await this.open(wish);
      if (turn !== this.turn) return track.stop();
      // Pulled out, or taken away in the browser's own menu.
      track.addEventListener("ended", () => this.lost(track));
      this.state.set({ track, opening: false, trouble: null });
      // The names are told from now on.
      await readDevices();
    } catch (error) {
      if (turn === this.turn) this.state.set({ track: null, opening: false, trouble: troubleOf(error) });
    }
  }

  private lost(track: MediaStreamTrack): void {
    if (this.state.get().track === track) this.state.set({ track: null, opening: false, trouble: "missing" });
  }

  private release(): void {
    this.state.get().track?.stop();
  }
}

import { beforeEach, expect, test, vi } from "vitest";
import { Capture } from "./capture";
import type { Wish } from "./media";

class Track extends EventTarget {
  live = true;
  constructor(readonly name: string) {
    super();
  }
  stop(): void {
    this.live = false;
  }
}

/** Devices whose opening is answered by hand. */
class Desk {
  readonly tracks: Track[] = [];
  private readonly answers: { resolve: (track: MediaStreamTrack) => void; reject: (error: Error) => void }[] =
    [];
  open = (): Promise<MediaStreamTrack> =>
    new Promise((resolve, reject) => this.answers.push({ resolve, reject }));
  get asked(): number {
    return this.answers.length;
  }
  async opens(index: number): Promise<Track> {
    const track = new Track(`track ${index}`);
    this.tracks.push(track);
    this.answers[index]?.resolve(track as unknown as MediaStreamTrack);
    await settle();
    return track;
  }
  async refuses(index: number, name: string): Promise<void> {
    this.answers[index]?.reject(Object.assign(new Error(name), { name }));
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const camera = (id: string): Wish => ({ kind: "camera", id });
let desk: Desk;
let capture: Capture;

beforeEach(() => {
  desk = new Desk();
  capture = new Capture(desk.open);
});

test("a device is opened once for one wish, and stopped when it is no longer wished for", async () => {
  capture.want(camera("a"));
  expect(capture.state.get().opening).toBe(true);
  capture.want(camera("a"));
  const track = await desk.opens(0);
  expect(desk.asked).toBe(1);
  expect(capture.state.get()).toEqual({ track, opening: false, trouble: null });
  capture.want(null);
  expect(track.live).toBe(false);
  expect(capture.state.get().track).toBeNull();
});

test("a track that comes after its wish is gone is stopped at once", async () => {
  capture.want(camera("a"));
  capture.want(null);
  expect((await desk.opens(0)).live).toBe(false);
  expect(capture.state.get().track).toBeNull();
});

test("of two wishes the newer wins, even when the older is answered last", async () => {
  capture.want(camera("a"));
  capture.want(camera("b"));
  const newer = await desk.opens(1);
  const older = await desk.opens(0);
  expect([newer.live, older.live]).toEqual([true, false]);
  expect(capture.state.get().track).toBe(newer);
});

test("trouble is told, and the same is tried again on request only", async () => {
  const listener = vi.fn<() => void>();
  capture.state.subscribe(listener);
  capture.want(camera("a"));
  await desk.refuses(0, "NotReadableError");
  expect(capture.state.get()).toEqual({ track: null, opening: false, trouble: "busy" });
  capture.retry();
  const track = await desk.opens(1);
  expect(capture.state.get().track).toBe(track);
  capture.retry();
  expect(desk.asked).toBe(2);
  expect(listener).toHaveBeenCalledTimes(4);
});

test("an old refusal does not spoil what was opened since", async () => {
  capture.want(camera("a"));
  capture.want(camera("b"));
  const track = await desk.opens(1);
  await desk.refuses(0, "NotAllowedError");
  expect(capture.state.get()).toEqual({ track, opening: false, trouble: null });
});

test("a device that is pulled out is missed", async () => {
  capture.want(camera("a"));
  const track = await desk.opens(0);
  track.dispatchEvent(new Event("ended"));
  expect(capture.state.get().trouble).toBe("missing");
});

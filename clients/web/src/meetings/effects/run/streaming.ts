import type { Engine } from "./engine";
import type { Answer, Order } from "./protocol";
import type { Scene } from "./scene";
import type { Addresses } from "./segmenter";
// oxlint-disable-next-line import/default -- Vite makes the default export
import PaintWorker from "./worker?worker";

/** Chromium's "insertable streams" for tracks, which TypeScript's library does not have. */
interface Breakout {
  MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => {
    readable: ReadableStream<VideoFrame>;
  };
  MediaStreamTrackGenerator?: new (init: { kind: "video" }) => MediaStreamTrack & {
    writable: WritableStream<VideoFrame>;
  };
}

const breakout = globalThis as Breakout;

export function canStream(): boolean {
  return Boolean(breakout.MediaStreamTrackProcessor && breakout.MediaStreamTrackGenerator);
}

/** All frames pass through a worker: the page does nothing, and a page behind others goes on sending. */
export class Streaming implements Engine {
  private output: MediaStreamTrack | null = null;

  private constructor(private readonly worker: Worker) {}

  static async open(addresses: Addresses, scene: Scene): Promise<Streaming> {
    const worker = new PaintWorker({ name: "background" });
    const opened = new Promise<void>((resolve, reject) => {
      worker.addEventListener("message", ({ data }: MessageEvent<Answer>) =>
        data.kind === "opened" ? resolve() : reject(new Error(data.why)),
      );
      worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    });
    post(worker, { kind: "open", addresses, scene });
    try {
      await opened;
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return new Streaming(worker);
  }

  run(track: MediaStreamTrack): MediaStreamTrack {
    const { MediaStreamTrackProcessor: Reader, MediaStreamTrackGenerator: Writer } = breakout;
    if (!Reader || !Writer) throw new Error("this browser has no streams of frames");
    this.output?.stop();
    // One frame waits at most: a slow machine shows fewer frames, not old ones.
    const { readable } = new Reader({ track, maxBufferSize: 1 });
    const output = new Writer({ kind: "video" });
    this.output = output;
    const { writable } = output;
    post(this.worker, { kind: "run", from: readable, to: writable }, [readable, writable]);
    return output;
  }

  show(scene: Scene): void {
    post(this.worker, { kind: "show", scene });
  }

  rest(): void {
    this.output?.stop();
  }

  close(): void {
    this.rest();
    this.worker.terminate();
  }
}

function post(worker: Worker, order: Order, streams: Transferable[] = []): void {
  const picture = order.kind !== "run" && order.scene.kind === "picture" ? [order.scene.picture] : [];
  worker.postMessage(order, [...streams, ...picture]);
}

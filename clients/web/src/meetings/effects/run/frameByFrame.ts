import type { Engine } from "./engine";
import type { Scene } from "./scene";
import type { Addresses } from "./segmenter";
import { Studio } from "./studio";

/** Frames a second while the page is behind others and browsers tell of no frames. */
const HIDDEN_MS = 1000 / 15;

/** For browsers without streams of frames: draws what a hidden video element shows onto a canvas. */
export class FrameByFrame implements Engine {
  private readonly video = document.createElement("video");
  private output: MediaStreamTrack | null = null;
  private running = 0;

  private constructor(private readonly studio: Studio) {
    this.video.muted = true;
    this.video.playsInline = true;
  }

  static async open(addresses: Addresses, scene: Scene): Promise<FrameByFrame> {
    return new FrameByFrame(await Studio.open(addresses, document.createElement("canvas"), scene));
  }

  run(track: MediaStreamTrack): MediaStreamTrack {
    this.rest();
    const [output] = (this.studio.canvas as HTMLCanvasElement).captureStream().getVideoTracks();
    if (!output) throw new Error("this browser cannot film a canvas");
    this.output = output;
    this.video.srcObject = new MediaStream([track]);
    void this.video.play().catch(() => undefined);
    this.next(this.running);
    return output;
  }

  show(scene: Scene): void {
    this.studio.show(scene);
  }

  rest(): void {
    this.running += 1;
    this.video.srcObject = null;
    this.output?.stop();
  }

  close(): void {
    this.rest();
    this.studio.close();
  }

  private next(run: number): void {
    const draw = (): void => {
      if (run !== this.running) return;
      this.paint();
      this.next(run);
    };
    if (document.hidden || !("requestVideoFrameCallback" in this.video)) setTimeout(draw, HIDDEN_MS);
    else this.whenShown(draw);
  }

  /** The next frame, or a moment later when the page goes behind others in the meantime. */
  private whenShown(draw: () => void): void {
    const once = (): void => {
      document.removeEventListener("visibilitychange", once);
      this.video.cancelVideoFrameCallback(handle);
      draw();
    };
    const handle = this.video.requestVideoFrameCallback(once);
    document.addEventListener("visibilitychange", once);
  }

  private paint(): void {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (width > 0 && height > 0) this.studio.paint(this.video, { width, height }, performance.now());
  }
}

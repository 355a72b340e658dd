import { ImageSegmenter } from "@mediapipe/tasks-vision";
import { MASK_HEIGHT, MASK_WIDTH, smooth } from "./mask";

/** Where the WebAssembly and the model are. */
export interface Addresses {
  loader: string;
  binary: string;
  model: string;
}

/** Anything that a canvas can draw, with its time in ms, which must grow. */
export type Frame = VideoFrame | HTMLVideoElement;

/**
 * Finds people in pictures. It works on the processor: the mask is small, and the graphics units of the machines that
 * people have differ too much in what they do with the model.
 */
export class Segmenter {
  private readonly small = new OffscreenCanvas(MASK_WIDTH, MASK_HEIGHT);
  private readonly context: OffscreenCanvasRenderingContext2D;
  private readonly smoothed = new Float32Array(MASK_WIDTH * MASK_HEIGHT);
  /** The last mask, a byte a pixel: 255 is a person. */
  readonly mask = new Uint8Array(MASK_WIDTH * MASK_HEIGHT);

  private constructor(private readonly task: ImageSegmenter) {
    const context = this.small.getContext("2d", { willReadFrequently: true, alpha: false });
    if (!context) throw new Error("no canvas to draw on");
    this.context = context;
  }

  static async load({ loader, binary, model }: Addresses): Promise<Segmenter> {
    const task = await ImageSegmenter.createFromOptions(
      { wasmLoaderPath: loader, wasmBinaryPath: binary },
      {
        baseOptions: { modelAssetPath: model, delegate: "CPU" },
        canvas: new OffscreenCanvas(MASK_WIDTH, MASK_HEIGHT),
        runningMode: "VIDEO",
        outputConfidenceMasks: true,
        outputCategoryMask: false,
      },
    );
    return new Segmenter(task);
  }

  look(frame: Frame, now: number): void {
    this.context.drawImage(frame, 0, 0, MASK_WIDTH, MASK_HEIGHT);
    this.task.segmentForVideo(this.small as unknown as HTMLCanvasElement, now, ({ confidenceMasks }) => {
      const [mask] = confidenceMasks ?? [];
      if (mask) smooth(this.smoothed, mask.getAsFloat32Array(), this.mask);
    });
  }

  close(): void {
    this.task.close();
  }
}

/** Words between the page and the worker that paints. */

import type { Scene } from "./scene";
import type { Addresses } from "./segmenter";

export type Order =
  /** Once, first. */
  | { kind: "open"; addresses: Addresses; scene: Scene }
  | { kind: "show"; scene: Scene }
  /** Frames come from here and go there, until the camera ends. */
  | { kind: "run"; from: ReadableStream<VideoFrame>; to: WritableStream<VideoFrame> };

export type Answer = { kind: "opened" } | { kind: "failed"; why: string };

/** What a worker sees of itself, of which TypeScript's library for pages knows nothing. */
export interface WorkerScope {
  addEventListener(kind: "message", listener: (event: MessageEvent<Order>) => void): void;
  postMessage(answer: Answer): void;
}

import * as addresses from "virtual:segmentation";
import { FrameByFrame } from "./frameByFrame";
import type { Scene } from "./scene";
import { canStream, Streaming } from "./streaming";

/** Gives tracks another background. */
export interface Engine {
  /** The repainted track of a camera's track; the one that it gave before ends. */
  run(track: MediaStreamTrack): MediaStreamTrack;
  show(scene: Scene): void;
  /** Ends its track and waits, loaded, to be run again. */
  rest(): void;
  close(): void;
}

/** Loads what it takes; throws where it cannot work. */
export function openEngine(scene: Scene): Promise<Engine> {
  const { loader, binary, model } = addresses;
  const absolute = {
    loader: new URL(loader, document.baseURI).href,
    binary: new URL(binary, document.baseURI).href,
    model: new URL(model, document.baseURI).href,
  };
  // Vite's development server serves workers as modules only, in which MediaPipe cannot load its WebAssembly.
  if (canStream() && !import.meta.env.DEV) return Streaming.open(absolute, scene);
  return FrameByFrame.open(absolute, scene);
}

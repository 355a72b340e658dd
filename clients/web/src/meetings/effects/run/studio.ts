import type { Surface } from "./gl";
import { Pace, Scale } from "./pace";
import { Painter } from "./painter";
import type { Scene } from "./scene";
import { type Addresses, type Frame, Segmenter } from "./segmenter";

/** Finds the person in each frame and paints it anew: the same in a worker and on the page. */
export class Studio {
  private readonly pace = new Pace();
  private readonly scale = new Scale();
  private lastTime = 0;

  private constructor(
    readonly canvas: Surface,
    private painter: Painter,
    private readonly segmenter: Segmenter,
    private scene: Scene,
  ) {
    painter.show(scene);
    // The browser may take the graphics away from a page, and gives them back when it is told so.
    const surface: EventTarget = canvas;
    surface.addEventListener("webglcontextlost", (event) => event.preventDefault());
    surface.addEventListener("webglcontextrestored", () => this.restore());
  }

  /** Loads everything; throws when this machine cannot do it. */
  static async open(addresses: Addresses, canvas: Surface, scene: Scene): Promise<Studio> {
    // First, because it fails at once where there is no WebGL, before megabytes are loaded.
    const painter = new Painter(canvas);
    return new Studio(canvas, painter, await Segmenter.load(addresses), scene);
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.painter.show(scene);
  }

  /** Paints a frame of this size onto the canvas, and says whether it could. `now` is in ms. */
  paint(frame: Frame, size: { width: number; height: number }, now: number): boolean {
    // Nothing is shown rather than the room that the person wanted to hide.
    if (this.painter.lost) return false;
    const fresh = this.pace.due(now);
    if (fresh) this.look(frame, now);
    this.scale.painted(now);
    const { factor } = this.scale;
    const painted = { width: Math.round(size.width * factor), height: Math.round(size.height * factor) };
    this.painter.paint(frame, painted, fresh ? this.segmenter.mask : null);
    return true;
  }

  close(): void {
    this.segmenter.close();
  }

  private look(frame: Frame, now: number): void {
    const began = performance.now();
    // The model wants a time that grows, whatever the camera says.
    this.lastTime = Math.max(now, this.lastTime + 1);
    this.segmenter.look(frame, this.lastTime);
    this.pace.took(performance.now() - began);
  }

  private restore(): void {
    this.painter = new Painter(this.canvas);
    this.painter.show(this.scene);
  }
}

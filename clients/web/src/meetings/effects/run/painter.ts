import {
  contextOf,
  freeTarget,
  type GL,
  makeTarget,
  makeTexture,
  Program,
  type Surface,
  type Target,
} from "./gl";
import { MASK_HEIGHT, MASK_WIDTH } from "./mask";
import { BLURS, covering, type Scene, type Strength, WHOLE } from "./scene";
import type { Frame } from "./segmenter";
import { BLUR, COMPOSE, COVER, SHRINK, SOFTEN } from "./shaders";

interface Size {
  width: number;
  height: number;
}

interface Small {
  size: Size;
  targets: [Target, Target];
}

/** The mask is softened at twice its size. */
const SOFT: Size = { width: MASK_WIDTH * 2, height: MASK_HEIGHT * 2 };

/** Paints frames with another background onto a canvas. */
export class Painter {
  private readonly gl: GL;
  private readonly shrink: Program;
  private readonly blur: Program;
  private readonly compose: Program;
  private readonly soften: Program;
  private readonly frame: WebGLTexture;
  private readonly rawMask: WebGLTexture;
  private readonly mask: Target;
  private readonly picture: WebGLTexture;
  private pictureSize: Size = { width: 1, height: 1 };
  private scene: Scene = { kind: "blur", strength: "strong" };
  private small: Small | null = null;

  constructor(private readonly surface: Surface) {
    const gl = contextOf(surface);
    this.gl = gl;
    this.shrink = new Program(gl, COVER, SHRINK);
    this.blur = new Program(gl, COVER, BLUR);
    this.compose = new Program(gl, COVER, COMPOSE);
    this.soften = new Program(gl, COVER, SOFTEN);
    this.frame = makeTexture(gl);
    this.rawMask = makeTexture(gl);
    this.mask = makeTarget(gl, SOFT.width, SOFT.height);
    this.picture = makeTexture(gl);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  /** The browser took the graphics away: a new painter is needed. */
  get lost(): boolean {
    return this.gl.isContextLost();
  }

  show(scene: Scene): void {
    this.scene = scene;
    if (scene.kind !== "picture") return;
    const { gl } = this;
    const { width, height } = scene.picture;
    this.pictureSize = { width, height };
    gl.bindTexture(gl.TEXTURE_2D, this.picture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, scene.picture);
  }

  /** @param mask a byte a pixel of the mask, or null when it has not changed. */
  paint(frame: Frame, size: Size, mask: Uint8Array | null): void {
    this.fit(size);
    this.take(frame);
    if (mask) this.outline(mask);
    const background = this.scene.kind === "blur" ? this.blurred(this.scene.strength, size) : this.picture;
    const part = this.scene.kind === "blur" ? WHOLE : covering(this.pictureSize, size);
    const textures = { frame: this.frame, mask: this.mask.texture, background };
    this.compose.paint(null, size, textures, { part });
  }

  private fit(size: Size): void {
    const { surface } = this;
    if (surface.width !== size.width) surface.width = size.width;
    if (surface.height !== size.height) surface.height = size.height;
  }

  private take(frame: Frame): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, this.frame);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, frame);
  }

  private outline(mask: Uint8Array): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, this.rawMask);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, MASK_WIDTH, MASK_HEIGHT, 0, gl.RED, gl.UNSIGNED_BYTE, mask);
    const pixel = [0.75 / MASK_WIDTH, 0.75 / MASK_HEIGHT];
    this.soften.paint(this.mask, SOFT, { mask: this.rawMask }, { pixel });
  }

  private blurred(strength: Strength, frame: Size): WebGLTexture {
    const { shrunk, reaches } = BLURS[strength];
    const { size, targets } = this.smallOf(frame, shrunk);
    const [one, other] = targets;
    const [x, y] = [1 / size.width, 1 / size.height];
    const textures = { frame: this.frame, mask: this.mask.texture };
    this.shrink.paint(one, size, textures, { pixel: [x / 4, y / 4] });
    for (const reach of reaches) {
      this.blur.paint(other, size, { frame: one.texture }, { reach: [x * reach, 0] });
      this.blur.paint(one, size, { frame: other.texture }, { reach: [0, y * reach] });
    }
    return one.texture;
  }

  /** Two targets of a frame made smaller; the same ones as long as the sizes stay. */
  private smallOf(frame: Size, shrunk: number): Small {
    const width = Math.ceil(frame.width / shrunk);
    const height = Math.ceil(frame.height / shrunk);
    const known = this.small;
    if (known?.size.width === width && known.size.height === height) return known;
    for (const target of known?.targets ?? []) freeTarget(this.gl, target);
    const make = (): Target => makeTarget(this.gl, width, height);
    return (this.small = { size: { width, height }, targets: [make(), make()] });
  }
}

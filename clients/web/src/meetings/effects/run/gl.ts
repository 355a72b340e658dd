/** A little WebGL 2: programs that cover everything, and textures. */

export type GL = WebGL2RenderingContext;
export type Surface = OffscreenCanvas | HTMLCanvasElement;

export function contextOf(surface: Surface): GL {
  const options = { alpha: false, antialias: false, depth: false, powerPreference: "low-power" } as const;
  const gl = surface.getContext("webgl2", options) as GL | null;
  if (!gl) throw new Error("no WebGL 2");
  return gl;
}

/** A program that covers its target. */
export class Program {
  private readonly program: WebGLProgram;
  private readonly places = new Map<string, WebGLUniformLocation | null>();

  constructor(
    private readonly gl: GL,
    vertex: string,
    fragment: string,
  ) {
    this.program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      const shader = gl.createShader(kind);
      if (!shader) throw new Error("WebGL is lost");
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(gl.getProgramInfoLog(this.program) ?? "a shader does not compile");
  }

  /** Paints into the target (null: the canvas), with textures and numbers by their names. */
  paint(
    target: Target | null,
    size: { width: number; height: number },
    textures: Record<string, WebGLTexture>,
    numbers: Record<string, readonly number[]> = {},
  ): void {
    const { gl } = this;
    gl.useProgram(this.program);
    gl.bindFramebuffer(gl.FRAMEBUFFER, target?.buffer ?? null);
    gl.viewport(0, 0, size.width, size.height);
    for (const [unit, [name, texture]] of Object.entries(textures).entries()) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(this.place(name), unit);
    }
    for (const [name, values] of Object.entries(numbers)) {
      if (values.length === 2) gl.uniform2fv(this.place(name), values);
      else gl.uniform4fv(this.place(name), values);
    }
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  private place(name: string): WebGLUniformLocation | null {
    if (!this.places.has(name)) this.places.set(name, this.gl.getUniformLocation(this.program, name));
    return this.places.get(name) ?? null;
  }
}

export interface Target {
  buffer: WebGLFramebuffer;
  texture: WebGLTexture;
}

export function makeTexture(gl: GL): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const [name, value] of [
    [gl.TEXTURE_MIN_FILTER, gl.LINEAR],
    [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
    [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
    [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
  ] as const)
    gl.texParameteri(gl.TEXTURE_2D, name, value);
  return texture;
}

/** A texture that can be painted into. */
export function makeTarget(gl: GL, width: number, height: number): Target {
  const texture = makeTexture(gl);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
  const buffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  return { buffer, texture };
}

export function freeTarget(gl: GL, { buffer, texture }: Target): void {
  gl.deleteFramebuffer(buffer);
  gl.deleteTexture(texture);
}

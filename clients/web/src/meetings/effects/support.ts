/** The shortest module that uses the vector instructions which the model is compiled for. */
const VECTORS = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15],
  ...[253, 98, 11],
);

/** Whether this browser has what effects need; cheap, asked before anything is loaded. */
export function effectsPossible(): boolean {
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(VECTORS)) return false;
  if (typeof OffscreenCanvas === "undefined") return false;
  return new OffscreenCanvas(1, 1).getContext("webgl2") !== null;
}

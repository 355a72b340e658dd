/** How a picture lies in the square: zoom from 1 (it just fills it); x and y from -1 to 1 of what hangs over. */
export interface Framing {
  zoom: number;
  x: number;
  y: number;
}

export const CENTRED: Framing = { zoom: 1, x: 0, y: 0 };
export const ZOOM_MAX = 4;

/** The square of the picture, in its own pixels, that a framing shows. */
export function cropOf(
  width: number,
  height: number,
  { zoom, x, y }: Framing,
): {
  left: number;
  top: number;
  side: number;
} {
  const side = Math.min(width, height) / zoom;
  return {
    left: ((width - side) / 2) * (1 + x),
    top: ((height - side) / 2) * (1 + y),
    side,
  };
}

/** The framing after the picture was dragged by (dx, dy) pixels of a square that is `shown` pixels wide. */
export function dragged(
  size: { width: number; height: number },
  framing: Framing,
  by: { dx: number; dy: number },
  shown: number,
): Framing {
  const { side } = cropOf(size.width, size.height, framing);
  const scale = side / shown;
  const move = (value: number, pixels: number, whole: number): number => {
    const slack = (whole - side) / 2;
    return slack <= 0 ? 0 : clamp(value - (pixels * scale) / slack);
  };
  return { ...framing, x: move(framing.x, by.dx, size.width), y: move(framing.y, by.dy, size.height) };
}

const clamp = (value: number): number => Math.min(1, Math.max(-1, value));

/** Pixels of a stored photo's side: enough for the largest place where one is shown, twice. */
const SIDE = 512;

/** The framed square as a JPEG. */
export async function cut(picture: HTMLImageElement, framing: Framing): Promise<Blob> {
  const { left, top, side } = cropOf(picture.naturalWidth, picture.naturalHeight, framing);
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  // Whatever is transparent becomes white, as on paper.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", 0.88);
  });
}

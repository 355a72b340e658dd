/** What is painted behind a person: pure values and arithmetic. */

export type Scene =
  | { kind: "blur"; strength: Strength }
  /** The picture, already decoded; it belongs to whoever gets the scene. */
  | { kind: "picture"; picture: ImageBitmap };

export type Strength = "light" | "strong";

export interface Blur {
  /** The blur is made on a picture this much smaller, a side. */
  readonly shrunk: number;
  /** Distances between the samples of each pass, in pixels of the small picture. */
  readonly reaches: readonly number[];
}

export const BLURS: Record<Strength, Blur> = {
  light: { shrunk: 4, reaches: [1.2] },
  strong: { shrunk: 8, reaches: [1.3, 1.8] },
};

/** x, y, width and height, as parts of the picture from 0 to 1. */
export type Part = readonly [number, number, number, number];

export const WHOLE: Part = [0, 0, 1, 1];

/** The middle of a picture that fills a frame of another shape. */
export function covering(
  picture: { width: number; height: number },
  frame: { width: number; height: number },
): Part {
  const wider = picture.width * frame.height > frame.width * picture.height;
  const width = wider ? (picture.height * frame.width) / (frame.height * picture.width) : 1;
  const height = wider ? 1 : (picture.width * frame.height) / (frame.width * picture.height);
  return [(1 - width) / 2, (1 - height) / 2, width, height];
}

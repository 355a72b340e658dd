import dawn from "./pictures/dawn.svg?url";
import dunes from "./pictures/dunes.svg?url";
import harbour from "./pictures/harbour.svg?url";
import wall from "./pictures/wall.svg?url";

/** Backgrounds of our own, drawn as SVG: sharp in every size, a few hundred bytes each. */
export const PICTURES = [
  { id: "wall", address: wall },
  { id: "dawn", address: dawn },
  { id: "harbour", address: harbour },
  { id: "dunes", address: dunes },
] as const;

export type PictureId = (typeof PICTURES)[number]["id"];

/** The address of a picture; null for an id that there is no longer. */
export function pictureAddress(id: string): string | null {
  return PICTURES.find((picture) => picture.id === id)?.address ?? null;
}

/** A picture decoded, in the size of a camera's; throws when it cannot be had. */
export async function loadPicture(id: string): Promise<ImageBitmap> {
  const address = pictureAddress(id);
  if (!address) throw new Error(`there is no picture ${id}`);
  const image = new Image();
  image.src = address;
  await image.decode();
  return await createImageBitmap(image, { resizeWidth: 1280, resizeHeight: 720 });
}

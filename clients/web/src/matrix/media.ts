import type { MatrixClient } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { type FileKeys, openFile } from "./attachments";
import { useMatrixClient } from "./connection";
import type { Media } from "./timeline";

/** A thumbnail that fits this box (CSS pixels, doubled for dense screens), or null for the original. */
export type Size = { width: number; height: number } | null;

/** Types that a browser shows without running anything of theirs; others are offered as plain bytes. */
const SHOWN = /^(image\/(?!svg)|audio\/|video\/)/;
const KEPT = 120;

const cache = new Map<string, Promise<string>>();

/** What is needed of a file to show it. */
type Source = Pick<Media, "mxc" | "keys" | "mimetype">;

/**
 * The content of a file as a `blob:` URL. Media needs the Authorization header (Matrix v1.11, MSC3916),
 * which an `<img>` cannot send. Of a sealed file the server can make no thumbnail.
 */
export function loadMedia(client: MatrixClient, media: Source, wanted: Size): Promise<string> {
  const { mxc, keys } = media;
  const size = keys ? null : wanted;
  const key = `${mxc}|${keys?.key.k ?? ""}|${size ? `${size.width}x${size.height}` : "full"}`;
  const known = cache.get(key);
  if (known) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const loading = fetchMedia(client, media, size);
  cache.set(key, loading);
  loading.catch(() => cache.delete(key));
  forgetOldest();
  return loading;
}

async function fetchMedia(
  client: MatrixClient,
  { mxc, keys, mimetype }: Source,
  size: Size,
): Promise<string> {
  const url = size
    ? client.mxcUrlToHttp(mxc, size.width * 2, size.height * 2, "scale", false, true, true)
    : client.mxcUrlToHttp(mxc, undefined, undefined, undefined, false, true, true);
  if (!url) throw new Error("not a media address");
  const response = await fetch(url, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
  if (!response.ok) throw new Error(`media: ${response.status}`);
  const blob = keys
    ? new Blob([await openFile(await response.arrayBuffer(), keys)], { type: mimetype })
    : await response.blob();
  return URL.createObjectURL(
    SHOWN.test(blob.type) ? blob : new Blob([blob], { type: "application/octet-stream" }),
  );
}

function forgetOldest(): void {
  const [oldest] = cache;
  if (cache.size <= KEPT || !oldest) return;
  cache.delete(oldest[0]);
  oldest[1].then(URL.revokeObjectURL, () => undefined);
}

export interface LoadedMedia {
  url: string | null;
  failed: boolean;
}

/** The blob URL once loaded; nothing is fetched while `media` is null. */
export function useMedia(media: Source | null, width: number | null, height: number | null): LoadedMedia {
  const client = useMatrixClient();
  const [loaded, setLoaded] = useState<LoadedMedia>({ url: null, failed: false });
  const { mxc = null, mimetype = "" } = media ?? {};
  // As a text, because the object is another one after each change of the timeline.
  const keys = JSON.stringify(media?.keys ?? null);
  useEffect(() => {
    if (!client || !mxc) return undefined;
    let current = true;
    const source: Source = { mxc, keys: JSON.parse(keys) as FileKeys | null, mimetype };
    loadMedia(client, source, width && height ? { width, height } : null).then(
      (url) => current && setLoaded({ url, failed: false }),
      () => current && setLoaded({ url: null, failed: true }),
    );
    return () => {
      current = false;
    };
  }, [client, mxc, keys, mimetype, width, height]);
  return loaded;
}

/** Saves the original under its name. */
export async function downloadMedia(client: MatrixClient, media: Media): Promise<void> {
  const link = document.createElement("a");
  link.href = await loadMedia(client, media, null);
  link.download = media.name;
  link.click();
}

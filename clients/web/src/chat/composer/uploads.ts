import type { MatrixClient } from "matrix-js-sdk";
import { sendFile } from "../../matrix/live/actions";
import { createStore } from "../../state/store";

export interface Upload {
  id: number;
  roomId: string;
  file: File;
  /** From 0 to 1. */
  progress: number;
  status: "running" | "failed";
  /** Why it failed, as far as it can be told. */
  tooLarge: boolean;
}

/** Files on their way; one that has arrived is in the timeline and no longer here. */
export const uploads = createStore<readonly Upload[]>([]);

const aborts = new Map<number, AbortController>();
let lastId = 0;

export function addFiles(client: MatrixClient, roomId: string, files: readonly File[]): void {
  for (const file of files) {
    const id = ++lastId;
    uploads.update((all) => [...all, { id, roomId, file, progress: 0, status: "running", tooLarge: false }]);
    void run(client, id);
  }
}

export function retryUpload(client: MatrixClient, id: number): void {
  change(id, { status: "running", progress: 0, tooLarge: false });
  void run(client, id);
}

/** Stops an upload, or forgets one that failed. */
export function dropUpload(id: number): void {
  aborts.get(id)?.abort();
  uploads.update((all) => all.filter((upload) => upload.id !== id));
}

async function run(client: MatrixClient, id: number): Promise<void> {
  const upload = uploads.get().find((each) => each.id === id);
  if (!upload) return;
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    const size = await imageSize(upload.file);
    const progress = (loaded: number, total: number): void =>
      change(id, { progress: total > 0 ? loaded / total : 0 });
    await sendFile(client, upload.roomId, upload.file, size, progress, abort);
    uploads.update((all) => all.filter((each) => each.id !== id));
  } catch (error) {
    const tooLarge = (error as { httpStatus?: number }).httpStatus === 413;
    change(id, { status: "failed", tooLarge });
  }
  aborts.delete(id);
}

function change(id: number, next: Partial<Upload>): void {
  uploads.update((all) => all.map((upload) => (upload.id === id ? { ...upload, ...next } : upload)));
}

/** The pixels of an image, so that its place in the timeline is known before it comes. */
async function imageSize(file: File): Promise<{ width: number | null; height: number | null }> {
  if (!file.type.startsWith("image/") || file.type === "image/svg+xml") return { width: null, height: null };
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return { width: null, height: null };
  }
}

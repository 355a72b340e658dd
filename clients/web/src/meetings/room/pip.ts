import { createStore } from "../../state/store";

/** Document Picture-in-Picture (WICG): a small window of our own that stays over all others. */
interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

declare global {
  interface Window {
    readonly documentPictureInPicture?: DocumentPictureInPicture;
  }
}

/** The small window while it is open. */
export const pipWindow = createStore<Window | null>(null);

export function canPip(): boolean {
  return window.documentPictureInPicture !== undefined || document.pictureInPictureEnabled;
}

/** Opens the small window; where the browser knows only pictures, the largest picture leaves the page. */
export async function openPip(): Promise<void> {
  // A browser that refuses leaves everything as it is.
  if (window.documentPictureInPicture)
    await openDocument(window.documentPictureInPicture).catch(() => undefined);
  else
    await largestPicture()
      ?.requestPictureInPicture()
      .catch(() => undefined);
}

export function closePip(): void {
  pipWindow.get()?.close();
  pipWindow.set(null);
}

async function openDocument(pip: DocumentPictureInPicture): Promise<void> {
  const small = await pip.requestWindow({ width: 360, height: 270 });
  dress(small.document);
  small.addEventListener("pagehide", () => pipWindow.set(null));
  pipWindow.set(small);
}

/** The page's clothes: its style sheets, theme and language. */
function dress(target: Document): void {
  target.documentElement.className = document.documentElement.className;
  target.documentElement.lang = document.documentElement.lang;
  target.title = document.title;
  for (const sheet of document.querySelectorAll('style, link[rel="stylesheet"]')) {
    target.head.append(sheet.cloneNode(true));
  }
}

function largestPicture(): HTMLVideoElement | undefined {
  const size = (video: HTMLVideoElement): number => video.clientWidth * video.clientHeight;
  const pictures = [...document.querySelectorAll<HTMLVideoElement>('[data-testid$="-picture"]')];
  return pictures.toSorted((a, b) => size(b) - size(a))[0];
}

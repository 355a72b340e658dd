/** Paints away from the page, so that neither waits for the other. */

import type { Answer, Order, WorkerScope } from "./protocol";
import { Studio } from "./studio";

const scope = self as unknown as WorkerScope;
let studio: Studio | null = null;

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has one page only
const answer = (message: Answer): void => scope.postMessage(message);

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "open":
      studio = await Studio.open(order.addresses, new OffscreenCanvas(1280, 720), order.scene);
      return answer({ kind: "opened" });
    case "show":
      return studio?.show(order.scene);
    case "run":
      await repaintAll(order.from.getReader(), order.to.getWriter());
  }
}

/** Until the camera ends or nobody takes the frames any more; each frame is closed by whoever had it last. */
async function repaintAll(
  from: ReadableStreamDefaultReader<VideoFrame>,
  to: WritableStreamDefaultWriter<VideoFrame>,
): Promise<void> {
  for (;;) {
    const { value: frame } = await from.read();
    if (!frame) return await to.close();
    const painted = repaint(frame);
    try {
      if (painted) await to.write(painted);
    } catch {
      painted?.close();
      return await from.cancel();
    }
  }
}

function repaint(frame: VideoFrame): VideoFrame | null {
  try {
    if (!studio) return null;
    const { displayWidth: width, displayHeight: height, timestamp } = frame;
    if (!studio.paint(frame, { width, height }, timestamp / 1000)) return null;
    return new VideoFrame(studio.canvas as OffscreenCanvas, { timestamp, alpha: "discard" });
  } finally {
    frame.close();
  }
}

scope.addEventListener("message", ({ data }) => {
  obey(data).catch((error: unknown) => answer({ kind: "failed", why: String(error) }));
});

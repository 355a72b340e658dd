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
      await order.from.pipeThrough(new TransformStream({ transform: repaint })).pipeTo(order.to);
  }
}

function repaint(frame: VideoFrame, out: TransformStreamDefaultController<VideoFrame>): void {
  try {
    if (!studio) return;
    const { displayWidth: width, displayHeight: height, timestamp } = frame;
    if (studio.paint(frame, { width, height }, timestamp / 1000))
      out.enqueue(new VideoFrame(studio.canvas as OffscreenCanvas, { timestamp, alpha: "discard" }));
  } finally {
    frame.close();
  }
}

scope.addEventListener("message", ({ data }) => {
  obey(data).catch((error: unknown) => answer({ kind: "failed", why: String(error) }));
});

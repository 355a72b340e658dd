import { useEffect } from "react";
import type { TimelineState } from "../../matrix/timeline";
import { useOpenRoom } from "../room/context";

/** Sends the read receipt once the newest message is in sight of somebody who looks at the page, be older ones
 * still on their way. */
export function useMarkRead({ entries }: Pick<TimelineState, "entries">, atEnd: boolean): void {
  const { actions } = useOpenRoom();
  const inSight = atEnd && entries.length > 0;
  useEffect(() => {
    if (!inSight) return undefined;
    const mark = (): void => {
      if (document.visibilityState !== "visible" || !document.hasFocus()) return;
      actions.markRead().catch(() => undefined); // the next message or focus tries again
    };
    mark();
    window.addEventListener("focus", mark);
    document.addEventListener("visibilitychange", mark);
    return () => {
      window.removeEventListener("focus", mark);
      document.removeEventListener("visibilitychange", mark);
    };
  }, [actions, entries, inSight]);
}

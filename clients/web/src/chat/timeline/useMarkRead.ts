import { useEffect } from "react";
import type { Entry } from "../../matrix/timeline";
import { useOpenRoom } from "../room/context";

/** Sends the read receipt once the newest message is in sight of somebody who looks at the page. */
export function useMarkRead(entries: readonly Entry[], inSight: boolean): void {
  const { actions } = useOpenRoom();
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

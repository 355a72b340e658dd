import { useEffect } from "react";

/** Keeps a phone's screen on while the component is seen (Screen Wake Lock API), where the browser can. */
export function useAwake(): void {
  useEffect(() => {
    let wanted = true;
    let lock: WakeLockSentinel | null = null;
    const take = async (): Promise<void> => {
      if (document.hidden || !("wakeLock" in navigator)) return;
      // A low battery may refuse it: then the screen goes dark as always.
      lock = await navigator.wakeLock.request("screen").catch(() => null);
      if (!wanted) await lock?.release();
    };
    // The browser releases it when the page is hidden.
    const onVisible = (): void => void take();
    void take();
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      wanted = false;
      document.removeEventListener("visibilitychange", onVisible);
      void lock?.release();
    };
  }, []);
}

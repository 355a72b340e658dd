import { useSyncExternalStore } from "react";

const TICK_MS = 500;

/** Milliseconds until then, counted in whole seconds; null where there is no end. */
export function useLeft(closesAt: number | null): number | null {
  const now = useSyncExternalStore(closesAt === null ? never : ticking, second);
  return closesAt === null ? null : Math.max(0, closesAt - now * 1000);
}

const second = (): number => Math.floor(Date.now() / 1000);
const never = (): (() => void) => () => undefined;

function ticking(listener: () => void): () => void {
  const timer = setInterval(listener, TICK_MS);
  return () => clearInterval(timer);
}

import { useSyncExternalStore } from "react";
import { useSelected, useStore } from "../state/store";
import type { CallSnapshot } from "./call";
import { calls, type CallsState } from "./manager";

export function useCalls(): CallsState {
  return useStore(calls.store);
}

/** The call that is shown at full size, if any. */
export function useStage(): CallSnapshot | undefined {
  return useSelected(calls.store, stageOf);
}

function stageOf({ calls: live, expanded }: CallsState): CallSnapshot | undefined {
  return live.find((call) => call.id === expanded && call.phase !== "ringing-in");
}

/** Milliseconds since `from` (ms since the epoch), counted in whole seconds; 0 without a beginning. */
export function useElapsed(from: number | null): number {
  const second = useSyncExternalStore(from === null ? never : everySecond, currentSecond);
  return from === null ? 0 : Math.max(0, second * 1000 - from);
}

const currentSecond = (): number => Math.ceil(Date.now() / 1000);
const never = (): (() => void) => () => undefined;

function everySecond(listener: () => void): () => void {
  const timer = setInterval(listener, 1000);
  return () => clearInterval(timer);
}

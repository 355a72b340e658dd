import { useCallback } from "react";
import { createStore, useSelected } from "../state/store";

const NOBODY: readonly string[] = [];

/** Names of the others who are typing now, by room. */
export const typing = createStore<ReadonlyMap<string, readonly string[]>>(new Map());

export function useTyping(roomId: string): readonly string[] {
  return useSelected(
    typing,
    useCallback((all: ReadonlyMap<string, readonly string[]>) => all.get(roomId) ?? NOBODY, [roomId]),
  );
}

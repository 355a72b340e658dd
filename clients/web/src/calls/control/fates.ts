import { createStore } from "../../state/store";
import { calls } from "../manager";

/** What becomes of a call by a command: shown while it is under way, and when the call has left this page by it. */
export interface Fate {
  kind: "transfer" | "park" | "move" | "add" | "merge" | "meet";
  /** To whom it goes, where somebody was named. */
  name: string;
  /** Where it is parked, once that is known. */
  slot: string | null;
}

/** By the call's id on this page. */
export const fates = createStore<ReadonlyMap<string, Fate>>(new Map());

export function setFate(id: string, fate: Fate): void {
  fates.set(new Map(fates.get()).set(id, fate));
}

export function clearFate(id: string): void {
  const next = new Map(fates.get());
  if (next.delete(id)) fates.set(next);
}

/** What became of a call is forgotten once nothing shows it any more, until the answer is called. */
export function followFates(): () => void {
  const unsubscribe = calls.store.subscribe(() => {
    const { calls: live, receipts } = calls.store.get();
    const shown = new Set([...live, ...receipts].map((call) => call.id));
    for (const id of fates.get().keys()) if (!shown.has(id)) clearFate(id);
  });
  return () => {
    unsubscribe();
    fates.set(new Map());
  };
}

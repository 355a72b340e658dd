import { createStore } from "../../state/store";
import { calls } from "../manager";
import { callUser, dial } from "../place";
import type { Target } from "./targets";

/** Calls in which a transfer is announced, each with the call whose other side is to go there; by their ids. */
export const consults = createStore<ReadonlyMap<string, string>>(new Map());

/** Calls somebody to announce another's coming, who waits meanwhile. True when the call was placed. */
export async function consult(id: string, target: Target): Promise<boolean> {
  const before = new Set(calls.store.get().calls.map((call) => call.id));
  const placed = await (target.userId ? callUser(target.userId) : dial(target.to));
  const fresh = calls.store.get().calls.find((call) => !before.has(call.id) && call.direction === "outbound");
  if (!placed || !fresh) return false;
  consults.set(new Map(consults.get()).set(fresh.id, id));
  return true;
}

/** An announcement that ends without a transfer brings the other side back, until the answer is called. */
export function followConsults(): () => void {
  const unsubscribe = calls.store.subscribe(() => {
    const live = new Map(calls.store.get().calls.map((call) => [call.id, call]));
    for (const [consultId, id] of consults.get()) {
      if (live.has(consultId) && live.has(id)) continue;
      forget(consultId);
      const speaks = [...live.values()].some(({ phase }) => phase === "connected" || phase === "ringing-out");
      if (live.get(id)?.heldByUs && !speaks) calls.setHeld(id, false);
    }
  });
  return () => {
    unsubscribe();
    consults.set(new Map());
  };
}

function forget(consultId: string): void {
  const next = new Map(consults.get());
  next.delete(consultId);
  consults.set(next);
}

import { api } from "../api/client";
import { calls } from "./manager";
import { ghostNumber } from "./peer";

/** A caller from outside gets the name that the phonebooks know their number by, until the answer is called. */
export function followCallerNames(): () => void {
  const asked = new Set<string>();
  return calls.store.subscribe(() => {
    for (const { id, peer } of calls.store.get().calls) {
      const number = peer.userId && ghostNumber(peer.userId);
      if (!number || asked.has(id)) continue;
      asked.add(id);
      void name(id, number);
    }
  });
}

async function name(id: string, number: string): Promise<void> {
  const known = await api.lookup(number).catch(() => null);
  const peer = calls.store.get().calls.find((call) => call.id === id)?.peer;
  if (known?.name && peer) calls.get(id)?.setPeer({ ...peer, name: known.name });
}

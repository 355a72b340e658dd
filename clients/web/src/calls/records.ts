import type { CallRecord } from "../api/types";

/** Puts changed and new calls among the known ones, each once, newest first. */
export function merge(known: readonly CallRecord[], changed: readonly CallRecord[]): CallRecord[] {
  const byId = new Map(known.map((call) => [call.id, call]));
  for (const call of changed) byId.set(call.id, call);
  return [...byId.values()].toSorted((a, b) => b.started_at - a.started_at || b.id.localeCompare(a.id));
}

import type { CallRecord } from "../api/types";
import { isOneWay, spokenFor } from "./outcome";

/** What was one conversation to the person, whatever of their devices and whoever else took part in it. */
export interface Conversation {
  id: string;
  /** How it began: this is how the log knows it. */
  first: CallRecord;
  /** All of its calls, newest first: moved, transferred, parked, with others added. */
  parts: readonly CallRecord[];
}

/** The calls of each conversation together, where it began. `calls` are newest first. */
export function conversations(calls: readonly CallRecord[]): Conversation[] {
  const byId = new Map<string, CallRecord[]>();
  for (const call of calls) {
    const id = call.conversation ?? call.id;
    const parts = byId.get(id);
    if (parts) parts.push(call);
    else byId.set(id, [call]);
  }
  return [...byId]
    .flatMap(([id, parts]) => parts.slice(-1).map((first) => ({ id, first, parts })))
    .toSorted((a, b) => b.first.started_at - a.first.started_at || b.id.localeCompare(a.id));
}

/** What it is shown as: going on while any part does, and missed only if nobody was spoken with. Who is called while
 *  others talk does not make it ring, and what somebody else took at first is mine once I talk. */
export function shownAs({ first, parts }: Conversation): CallRecord {
  const open = parts.filter((part) => part.ended_at === null);
  const going = open.find((part) => part.answered_at !== null) ?? open[0];
  const spoken = first.answered_at === null ? parts.findLast((part) => part.answered_at !== null) : undefined;
  const { outcome, answered_at, answered_on, ended_at } = going ?? spoken ?? first;
  const recordings = parts.flatMap((part) => part.recordings ?? []);
  const recorded = parts.some((part) => part.recorded);
  const { audio } = parts.findLast(isOneWay) ?? first;
  const mine = spoken ? { picked_up_by: null, forwarded_to: null, transferred_to: null } : {};
  return { ...first, ...mine, outcome, answered_at, answered_on, ended_at, recorded, recordings, audio };
}

/** Milliseconds of talk, from its first answer to its end, without the times between; null while it goes on. */
export function spokenIn({ parts }: Conversation): number | null {
  if (parts.some((part) => part.ended_at === null)) return null;
  let until = 0;
  let sum: number | null = null;
  for (const part of parts.toReversed().toSorted((a, b) => (a.answered_at ?? 0) - (b.answered_at ?? 0))) {
    if (spokenFor(part) === null || part.answered_at === null || part.ended_at === null) continue;
    sum = (sum ?? 0) + Math.max(0, part.ended_at - Math.max(part.answered_at, until));
    until = Math.max(until, part.ended_at);
  }
  return sum;
}

/** Who else was in it, not who was called in vain: a colleague who was there by number as well is one. */
export function others({ first, parts }: Conversation): CallRecord["peer"][] {
  const known: CallRecord["peer"][] = [first.peer];
  for (const { peer, answered_at: answered } of parts.toReversed()) {
    if (answered === null) continue;
    if ((peer.user_id ?? peer.number) && !known.some((one) => isSame(one, peer))) known.push(peer);
  }
  return known.slice(1);
}

function isSame(one: CallRecord["peer"], other: CallRecord["peer"]): boolean {
  if (one.user_id !== null && other.user_id !== null) return one.user_id === other.user_id;
  return one.number !== null && one.number === other.number;
}

import { createStore } from "../../state/store";
import type { Notified } from "./notification";
import type { RoomCall } from "./roomCalls";

/** A meeting that rings here. */
export interface Ring extends Notified {
  /**
   * The call was seen in its room: from then on it rings, and once the call is gone there, the ring is over. A page that
   * was just opened may read a notification whose call has ended.
   */
  readonly seen: boolean;
}

/** Why a ring ended. */
export type RingEnd = "answered" | "answered-elsewhere" | "declined" | "over" | "no-answer";

export interface Rings {
  readonly ringing: readonly Ring[];
  /** The newest ring that ended without me, to be told once. */
  readonly missed: Ring | null;
}

export const NO_RINGS: Rings = { ringing: [], missed: null };

export const rings = createStore<Rings>(NO_RINGS);

/** A notification arrives. A second one for the same room takes the place of the first. */
export function begin(state: Rings, notified: Notified, call: RoomCall | undefined): Rings {
  if (!notified.ring || call?.here || call?.elsewhere) return state;
  if (state.ringing.some((ring) => ring.id === notified.id)) return state;
  const others = state.ringing.filter((ring) => ring.roomId !== notified.roomId);
  return { ...state, ringing: [...others, { ...notified, seen: call !== undefined }] };
}

/** The calls of the rooms changed: what was answered elsewhere stops, and what is over. */
export function follow(state: Rings, calls: ReadonlyMap<string, RoomCall>): Rings {
  let next = state;
  for (const ring of state.ringing) {
    const call = calls.get(ring.roomId);
    if (call?.here || call?.elsewhere) next = end(next, ring.id, "answered-elsewhere");
    else if (!call && ring.seen) next = end(next, ring.id, "over");
    else if (call && !ring.seen) next = replace(next, { ...ring, seen: true });
  }
  return next;
}

/** One ring ends. */
export function end(state: Rings, id: string, why: RingEnd): Rings {
  const ring = state.ringing.find((each) => each.id === id);
  if (!ring) return state;
  const missed = ring.seen && (why === "over" || why === "no-answer") ? ring : state.missed;
  return { ringing: state.ringing.filter((each) => each.id !== id), missed };
}

/** What rings: its call goes on. */
export function audible(state: Rings): readonly Ring[] {
  return state.ringing.every((ring) => ring.seen) ? state.ringing : state.ringing.filter((ring) => ring.seen);
}

/** Time passes: nothing rings longer than its caller wished. */
export function expire(state: Rings, now: number): Rings {
  const old = state.ringing.filter((ring) => ring.endsAt <= now);
  return old.reduce((next, ring) => end(next, ring.id, "no-answer"), state);
}

/** When time has to pass next, in ms since the epoch; null while nothing rings. */
export function nextExpiry(state: Rings): number | null {
  return state.ringing.length > 0 ? Math.min(...state.ringing.map((ring) => ring.endsAt)) : null;
}

function replace(state: Rings, ring: Ring): Rings {
  return { ...state, ringing: state.ringing.map((each) => (each.id === ring.id ? ring : each)) };
}

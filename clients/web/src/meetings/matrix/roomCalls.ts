import { useCallback } from "react";
import { createStore, useSelected } from "../../state/store";

/** A call that goes on in a room (MatrixRTC). */
export interface RoomCall {
  readonly roomId: string;
  /** Matrix ids of who is in it, each once, the first to come first. */
  readonly userIds: readonly string[];
  /** Another device of mine is in it. */
  readonly elsewhere: boolean;
  /** This device is in it. */
  readonly here: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export const roomCalls = createStore<ReadonlyMap<string, RoomCall>>(new Map());

/** One device in a call. */
export interface CallMember {
  userId: string;
  deviceId: string;
  since: number;
}

/** The call that these members make, or null when there is none. */
export function callOf(
  roomId: string,
  members: readonly CallMember[],
  me: { userId: string; deviceId: string },
): RoomCall | null {
  const first = members.toSorted((a, b) => a.since - b.since);
  if (!first[0]) return null;
  const mine = first.filter((member) => member.userId === me.userId);
  return {
    roomId,
    userIds: [...new Set(first.map((member) => member.userId))],
    elsewhere: mine.some((member) => member.deviceId !== me.deviceId),
    here: mine.some((member) => member.deviceId === me.deviceId),
    since: first[0].since,
  };
}

/** Puts a room's call in its place; the same map when nothing changed. */
export function withCall(
  calls: ReadonlyMap<string, RoomCall>,
  roomId: string,
  call: RoomCall | null,
): ReadonlyMap<string, RoomCall> {
  if (JSON.stringify(calls.get(roomId) ?? null) === JSON.stringify(call)) return calls;
  const next = new Map(calls);
  if (call) next.set(roomId, call);
  else next.delete(roomId);
  return next;
}

/** The call that goes on in a room. */
export function useRoomCall(roomId: string): RoomCall | undefined {
  return useSelected(
    roomCalls,
    useCallback((calls: ReadonlyMap<string, RoomCall>) => calls.get(roomId), [roomId]),
  );
}

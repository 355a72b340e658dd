import { createStore } from "../../state/store";
import type { RoomCall } from "./roomCalls";

/** Somebody who was called into a meeting. */
export interface Callee {
  readonly userId: string;
  readonly state: "ringing" | "joined" | "declined" | "no-answer";
}

export interface Called {
  readonly roomId: string;
  /** The notification that rings them. */
  readonly notificationId: string | null;
  readonly people: readonly Callee[];
  /** Until when it rings, in ms since the epoch. */
  readonly endsAt: number;
}

/** Whom this device called into its meeting; null when nobody. */
export const called = createStore<Called | null>(null);

/** People ring; what became of those called before stays. */
export function call(before: Called | null, { roomId, userIds, notificationId, endsAt }: Ringed): Called {
  const others =
    before?.roomId === roomId ? before.people.filter((each) => !userIds.includes(each.userId)) : [];
  const ringing = userIds.map((userId) => ({ userId, state: "ringing" }) as const);
  return { roomId, notificationId, people: [...others, ...ringing], endsAt };
}

/** A notification that was sent. */
export interface Ringed {
  roomId: string;
  userIds: readonly string[];
  notificationId: string | null;
  endsAt: number;
}

/** Who is in the call has answered, whenever they come. */
export function joined(state: Called | null, roomCall: RoomCall | undefined): Called | null {
  const there = new Set(roomCall?.userIds ?? []);
  return change(state, (callee) => (there.has(callee.userId) ? "joined" : callee.state));
}

export function declinedBy(state: Called | null, notificationId: string, userId: string): Called | null {
  if (state?.notificationId !== notificationId) return state;
  return change(state, (callee) =>
    callee.userId === userId && callee.state === "ringing" ? "declined" : callee.state,
  );
}

/** The ringing is over: who has not come does not answer. */
export function giveUp(state: Called | null, now: number): Called | null {
  if (!state || now < state.endsAt) return state;
  return change(state, (callee) => (callee.state === "ringing" ? "no-answer" : callee.state));
}

/** Those who cannot be reached this way: a link may. */
export function unreached(state: Called | null): readonly Callee[] {
  return state?.people.filter((callee) => callee.state === "declined" || callee.state === "no-answer") ?? [];
}

function change(state: Called | null, next: (callee: Callee) => Callee["state"]): Called | null {
  if (!state) return null;
  const people = state.people.map((callee) => {
    const after = next(callee);
    return after === callee.state ? callee : { ...callee, state: after };
  });
  return people.every((callee, index) => callee === state.people[index]) ? state : { ...state, people };
}

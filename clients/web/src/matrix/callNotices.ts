import type { CallResult } from "./timeline";

/** The `m.call.*` events of one room, in the order of the timeline. */
export interface CallEvent {
  type: string;
  callId: string;
  sender: string;
  ts: number;
  reason: string | null;
  /** Of an invitation: for how many milliseconds it rings. */
  lifetime: number | null;
}

/** When an invitation does not say how long it rings, and for clocks that differ. */
const LIFETIME_MS = 60_000;
const GRACE_MS = 15_000;

export interface CallStory {
  result: CallResult;
  /** How long the two spoke by these events, in whole seconds; what the call's record says is better. */
  seconds: number;
}

/** How each call of a room went (Matrix spec, "Voice over IP"), by call id. */
export function callStories(events: readonly CallEvent[], now: number): Map<string, CallStory> {
  const byCall = Map.groupBy(events, (event) => event.callId);
  return new Map([...byCall].map(([callId, ofCall]) => [callId, tellCall(ofCall, now)]));
}

function tellCall(events: readonly CallEvent[], now: number): CallStory {
  const invite = events.find((event) => event.type === "m.call.invite");
  const answer = events.find((event) => event.type === "m.call.answer");
  const hangup = events.find((event) => event.type === "m.call.hangup");
  const reject = events.find((event) => event.type === "m.call.reject");
  if (answer) {
    const seconds = hangup ? Math.max(0, Math.floor((hangup.ts - answer.ts) / 1000)) : 0;
    return { result: hangup ? "ended" : "answered", seconds };
  }
  if (reject) return { result: "rejected", seconds: 0 };
  if (!hangup) return { result: stillRings(invite, now) ? "ringing" : "missed", seconds: 0 };
  const byCaller = invite !== undefined && hangup.sender === invite.sender;
  return { result: byCaller && hangup.reason !== "invite_timeout" ? "cancelled" : "missed", seconds: 0 };
}

/** A caller that vanished never hangs up: its invitation ends by itself. */
function stillRings(invite: CallEvent | undefined, now: number): boolean {
  return invite !== undefined && now < invite.ts + (invite.lifetime ?? LIFETIME_MS) + GRACE_MS;
}

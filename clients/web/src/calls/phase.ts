import type { CallPhase } from "./call";

/** What happens to a call, seen from this device. */
export type CallSignal =
  | "invited" // the peer's devices ring
  | "answered" // somebody picked up, media is being set up
  | "answer-lost" // our answer could not be sent: it rings on
  | "media-up"
  | "media-lost"
  | "held"
  | "resumed"
  | "ended";

/** A signal that makes no sense in a phase: the caller of `nextPhase` has a fault. */
export class IllegalTransition extends Error {
  constructor(phase: CallPhase, signal: CallSignal) {
    super(`${signal} while ${phase}`);
    this.name = "IllegalTransition";
  }
}

const TRANSITIONS: Record<CallPhase, Partial<Record<CallSignal, CallPhase>>> = {
  "ringing-in": { answered: "connecting", ended: "ended" },
  "ringing-out": { answered: "connecting", "media-up": "connected", ended: "ended" },
  connecting: {
    invited: "ringing-out",
    answered: "connecting",
    "answer-lost": "ringing-in",
    "media-up": "connected",
    ended: "ended",
  },
  connected: { "media-up": "connected", "media-lost": "connecting", held: "held", ended: "ended" },
  held: { "media-up": "held", "media-lost": "connecting", resumed: "connected", ended: "ended" },
  ended: {},
};

/** The phase after `signal`; throws `IllegalTransition` and changes nothing where the table has no entry. */
export function nextPhase(phase: CallPhase, signal: CallSignal): CallPhase {
  const next = TRANSITIONS[phase][signal];
  if (next === undefined) throw new IllegalTransition(phase, signal);
  return next;
}

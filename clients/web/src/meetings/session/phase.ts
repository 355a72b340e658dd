import type { EndCause } from "./media";
import type { MeetingPhase } from "./types";

export type MeetingSignal = "connected" | "interrupted" | "moved" | "leave" | "refused" | EndCause;

const OVER = {
  leave: "left",
  removed: "removed",
  replaced: "replaced",
  ended: "failed",
  flooded: "failed",
  refused: "failed",
} as const;

/**
 * What a signal makes of a phase. "moved" is one's way into another room; "lost" is the end of a connection that is made anew; "refused" is the end of trying.
 * A meeting that is over stays so, whatever still arrives.
 */
const TRANSITIONS: Record<MeetingPhase, Partial<Record<MeetingSignal, MeetingPhase>>> = {
  joining: { ...OVER, connected: "connected", interrupted: "joining", lost: "failed" },
  connected: {
    ...OVER,
    connected: "connected",
    moved: "moving",
    interrupted: "reconnecting",
    lost: "reconnecting",
  },
  moving: { ...OVER, connected: "connected", lost: "reconnecting" },
  reconnecting: {
    ...OVER,
    connected: "connected",
    moved: "moving",
    interrupted: "reconnecting",
    lost: "reconnecting",
  },
  left: {},
  removed: {},
  replaced: {},
  failed: {},
};

/** The phase after `signal`; the same one where the table has no entry. */
export function nextPhase(phase: MeetingPhase, signal: MeetingSignal): MeetingPhase {
  return TRANSITIONS[phase][signal] ?? phase;
}

/** Whether one is in the meeting, or on the way in. */
export function isLive(phase: MeetingPhase): boolean {
  return Object.keys(TRANSITIONS[phase]).length > 0;
}

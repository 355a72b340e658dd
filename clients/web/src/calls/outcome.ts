import type { CallRecord } from "../api/types";

/** Somebody called me and we did not speak, unless I declined. */
export function isMissed(call: CallRecord): boolean {
  if (call.direction !== "inbound" || call.answered_at !== null) return false;
  return !["answered", "rejected", "in_progress"].includes(call.outcome);
}

export type OutcomeKey =
  | "outcome_answered"
  | "outcome_meeting"
  | "outcome_voicemail"
  | "outcome_missed_in"
  | "outcome_missed_out"
  | "outcome_blocked"
  | "outcome_rejected_in"
  | "outcome_rejected_out"
  | "outcome_busy"
  | "outcome_cancelled"
  | "outcome_unreachable"
  | "outcome_failed"
  | "outcome_interrupted"
  | "outcome_ringing"
  | "outcome_in_progress";

/** The words for how a call went, seen from me. */
export function outcomeKey(call: CallRecord): OutcomeKey {
  if (call.blocked) return "outcome_blocked";
  if (isMissed(call)) return "outcome_missed_in";
  if (call.outcome === "answered" && call.answered_on === "meeting") return "outcome_meeting";
  if (call.direction === "outbound" && call.answered_on === "voicemail") return "outcome_voicemail";
  if (call.outcome === "missed") return "outcome_missed_out";
  if (call.outcome === "rejected")
    return call.direction === "inbound" ? "outcome_rejected_in" : "outcome_rejected_out";
  if (call.outcome === "in_progress" && call.answered_at === null) return "outcome_ringing";
  return `outcome_${call.outcome}`;
}

/** Milliseconds of conversation; null when there was none or it still goes on. */
export function spokenFor(call: CallRecord): number | null {
  if (call.answered_at === null || call.ended_at === null) return null;
  return Math.max(0, call.ended_at - call.answered_at);
}

/** One side heard nothing, by the telephone bridge's check. */
export function isOneWay({ answered_at: answered, audio }: CallRecord): boolean {
  return answered !== null && (audio.sent === false) !== (audio.received === false);
}

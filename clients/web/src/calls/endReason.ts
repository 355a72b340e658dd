import type { CallDirection } from "./call";

/** Why a call is over, as a person would tell it. */
export type EndReason =
  | "hung-up" // by us
  | "peer-hung-up"
  | "cancelled" // we gave up before an answer
  | "declined" // the peer would not
  | "declined-here"
  | "declined-elsewhere"
  | "missed"
  | "answered-elsewhere"
  | "answered-on-desk-phone"
  | "answered-on-mobile"
  | "answered-by-colleague"
  | "busy"
  | "no-answer"
  | "unreachable"
  | "not-found"
  | "forbidden"
  | "country-not-allowed"
  | "premium-number"
  | "class-of-service"
  | "too-many-calls"
  | "minutes-used"
  | "lines-busy"
  | "no-line"
  | "microphone-denied"
  | "microphone-missing"
  | "microphone-in-use"
  | "connection-lost"
  | "failed";

/** How a call ended, in the terms of its signalling. */
export interface Ending {
  direction: CallDirection;
  /** Who ended it. */
  by: "us" | "peer";
  /** `reason` of the Matrix hangup or reject, or an error code of our own side. */
  code: string;
  /** Media had been set up at least once. */
  connected: boolean;
  /** The reject came from another device of our own user. */
  rejectedByOwnDevice: boolean;
}

/**
 * Codes that mean the same whoever sends them: those of the Matrix spec ("m.call.hangup"), and what the
 * telephone bridge writes into the reason of a reject, which are the phrases of SIP responses.
 */
const PLAIN: Record<string, EndReason> = {
  answered_elsewhere: "answered-elsewhere",
  call_completed_elsewhere: "answered-elsewhere",
  user_busy: "busy",
  busy: "busy",
  busy_here: "busy",
  decline: "declined",
  rejected: "declined",
  ice_failed: "connection-lost",
  ice_timeout: "connection-lost",
  media_failed: "connection-lost",
  interrupted: "connection-lost",
  unreachable: "unreachable",
  temporarily_unavailable: "unreachable",
  call_does_not_exist: "unreachable",
  not_found: "not-found",
  forbidden: "forbidden",
  country_not_allowed: "country-not-allowed",
  premium_number_not_allowed: "premium-number",
  not_allowed_for_this_line: "class-of-service",
  too_many_calls_at_once: "too-many-calls",
  minutes_used_up: "minutes-used",
  all_lines_busy: "lines-busy",
  no_trunk: "no-line",
  outside_line_not_available: "no-line",
  service_unavailable: "no-line",
  no_answer: "no-answer",
  invite_timeout: "no-answer",
  no_user_media: "microphone-missing",
  unknown_error: "failed",
  user_media_failed: "failed",
};

function plainReason(code: string): EndReason | undefined {
  return PLAIN[code.toLowerCase().replaceAll(" ", "_")];
}

/** The reason of an ending, for the person on this side. */
export function endReason(ending: Ending): EndReason {
  if (ending.direction === "inbound" && !ending.connected) return unansweredInbound(ending);
  const plain = plainReason(ending.code);
  if (plain) return plain;
  // A reason of the peer's that nobody knows is as good as none (Matrix spec, "m.call.hangup").
  const known = ending.code === "user_hangup" || (ending.connected && ending.by === "peer");
  if (!known) return "failed";
  if (ending.connected) return ending.by === "us" ? "hung-up" : "peer-hung-up";
  return ending.by === "us" ? "cancelled" : "declined";
}

function unansweredInbound(ending: Ending): EndReason {
  if (ending.rejectedByOwnDevice) return "declined-elsewhere";
  if (ending.by === "us" && ending.code === "user_hangup") return "declined-here";
  const plain = plainReason(ending.code);
  // Whatever kept the caller from us, we were called and did not speak.
  if (ending.by === "peer" && plain !== "answered-elsewhere") return "missed";
  return plain ?? "failed";
}

/** Where a call was answered that rang here, by the telephone bridge's word. */
export function answeredOn(where: string | undefined): EndReason {
  if (where === "desk_phone") return "answered-on-desk-phone";
  if (where === "mobile") return "answered-on-mobile";
  return where === "colleague" ? "answered-by-colleague" : "answered-elsewhere";
}

/** Why the microphone could not be had, from the text of the browser's error (its name comes first). */
export function mediaReason(error: string): EndReason {
  if (/NotAllowedError|SecurityError/.test(error)) return "microphone-denied";
  if (/NotReadableError|AbortError/.test(error)) return "microphone-in-use";
  return "microphone-missing";
}

/** Endings that need no notice: the person did it, or it is the ordinary end of a conversation. */
const QUIET: ReadonlySet<EndReason> = new Set(["hung-up", "cancelled", "declined-here", "peer-hung-up"]);

export function needsNotice(reason: EndReason): boolean {
  return !QUIET.has(reason);
}

const UNREACHED: ReadonlySet<EndReason> = new Set(["no-answer", "unreachable", "busy"]);

/** Why a colleague was called in vain who may be waited for; null where nobody was. */
export function waitsFor(call: {
  direction: CallDirection;
  endReason: EndReason | null;
}): "busy" | "no_answer" | null {
  if (call.direction !== "outbound" || call.endReason === null || !UNREACHED.has(call.endReason)) return null;
  return call.endReason === "busy" ? "busy" : "no_answer";
}

/** Somebody was not reached by video: a meeting's link may reach them another way. */
export function needsLink(call: {
  direction: CallDirection;
  video: boolean;
  endReason: EndReason | null;
}): boolean {
  return (
    call.direction === "outbound" && call.video && call.endReason !== null && UNREACHED.has(call.endReason)
  );
}

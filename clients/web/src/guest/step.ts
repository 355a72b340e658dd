import type { VisitorState } from "../api/meetings";
import type { MeetingPhase, Trouble } from "../meetings/session/types";

/**
 * Where a guest is. looking: what the link leads to. bad: the link does not work. name: at the door. prepare: camera and
 * microphone. waiting: in the waiting room. inside: in the meeting. over: out of it, and why.
 */
export type Step = "looking" | "bad" | "name" | "prepare" | "waiting" | "inside" | "over";

/**
 * Why one is out. left: one's own wish. elsewhere: the same guest came in from another tab. flooded: this device sent far
 * too much.
 */
export type Why = "left" | "refused" | "removed" | "ended" | "elsewhere" | "flooded" | "lost";

export interface Place {
  step: Step;
  why: Why | null;
}

/** Where the server's word about a guest leads; null when it changes nothing. */
export function placeOf(state: VisitorState, now: Step): Place | null {
  switch (state) {
    case "calling":
    case "waiting":
      return now === "waiting" ? null : { step: "waiting", why: null };
    case "admitted":
      return now === "inside" ? null : { step: "inside", why: null };
    case "refused":
    case "removed":
      return { step: "over", why: state };
    case "left":
      return { step: "over", why: "ended" };
  }
}

/** Why the meeting is over for me, as its session tells it; null while it is not. */
export function whyOver(phase: MeetingPhase, trouble: Trouble | null): Why | null {
  switch (phase) {
    case "left":
    case "removed":
      return phase;
    case "replaced":
      return "elsewhere";
    case "failed":
      return trouble === "ended" || trouble === "flooded" ? trouble : "lost";
    default:
      return null;
  }
}

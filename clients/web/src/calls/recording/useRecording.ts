import type { LiveRecording } from "../../api/calls";
import { mayRecord, recordings } from "./recordings";
import { useStore } from "../../state/store";
import type { CallSnapshot } from "../call";
import type { RecordingStep } from "../control/commands";
import { liveCalls, liveOf } from "../control/live";

/** How a call of this page is recorded; null: it is not. */
export function useRecording(call: Pick<CallSnapshot, "matrixCallId">): LiveRecording | null {
  return liveOf(call, useStore(liveCalls))?.recording ?? null;
}

/** What one press does: the next step, null where there is none. */
export function nextStep(recording: LiveRecording | null | undefined, may: boolean): RecordingStep | null {
  switch (recording?.state) {
    case "runs":
      return "pause";
    case "paused":
      return "resume";
    case "announced":
      return null;
    default:
      return may ? "start" : null;
  }
}

/** Whether what is recorded can be ended, too: what a rule wants cannot. */
export function mayStop(recording: LiveRecording | null | undefined): boolean {
  return recording != null && recording.state !== "failed" && !recording.by_rule;
}

/** Whether I may have my calls recorded. */
export function useMayRecord(): boolean {
  return mayRecord(useStore(recordings));
}

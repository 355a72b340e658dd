import { createStore, useStore } from "../state/store";

/**
 * Where a verification stands. "incoming": asked for by the other. "waiting": for the other. "ready": either may begin.
 * "emoji": to be compared. "confirming": the other compares still.
 */
export type VerificationStage =
  | "incoming"
  | "waiting"
  | "ready"
  | "emoji"
  | "confirming"
  | "done"
  | "cancelled";

export interface Verification {
  stage: VerificationStage;
  /** Another device of mine, else another person. */
  self: boolean;
  /** The person's name, or the device's. */
  name: string;
  /** Seven, each with its English name. */
  emoji: readonly (readonly [string, string])[];
  /** Why it was cancelled, in the standard's words (`m.timeout`, `m.mismatched_sas`, …); "" when that is not known. */
  code: string;
  accept: () => void;
  begin: () => void;
  matches: () => void;
  differs: () => void;
  /** Ends it where it goes on, and puts it away. */
  close: () => void;
}

/** The one that goes on, or has just ended. */
export const verification = createStore<Verification | null>(null);

export function useVerification(): Verification | null {
  return useStore(verification);
}

/** Which words tell of a cancelled verification. */
export function endOf(code: string): "timeout" | "mismatch" | "elsewhere" | "declined" {
  switch (code) {
    case "m.timeout":
      return "timeout";
    case "m.mismatched_sas":
    case "m.mismatched_commitment":
    case "m.key_mismatch":
      return "mismatch";
    case "m.accepted":
      return "elsewhere";
    default:
      return "declined";
  }
}

import { api } from "../../api/client";
import type { HeardSummary } from "../../api/types";

/** The record of the call must be there first, in ms. */
const PATIENCE_MS = 3_000;

/** Says how the other side was heard in a call that is over; that it could not be said costs nobody anything. */
export function tellHeard(roomId: string, summary: HeardSummary): void {
  setTimeout(() => void api.heard(roomId, summary).catch(() => undefined), PATIENCE_MS);
}

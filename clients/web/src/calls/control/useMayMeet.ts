import { useStore } from "../../state/store";
import type { CallSnapshot } from "../call";
import { liveCalls, liveOf } from "./live";

/** Whether a call is one of several, which may go on as a meeting, and nobody is being called into it. */
export function useMayMeet(call: Pick<CallSnapshot, "matrixCallId">): boolean {
  const found = liveOf(call, useStore(liveCalls));
  const members = found?.members ?? [];
  return members.length > 1 && !found?.meeting && members.every(({ state }) => state !== "calling");
}

import { onServerEvent } from "../../api/events";
import type { CallRecord, SoundTrouble } from "../../api/types";
import { createStore } from "../../state/store";
import type { CallSound } from "./watch";

/** What the telephone service says is wrong with the sound of the call in a room; gone with the call. */
export const toldTroubles = createStore<ReadonlyMap<string, SoundTrouble>>(new Map());

/** The trouble that goes on, of a call that goes on: the one of nothing before the others. */
export function going(call: CallRecord): SoundTrouble | null {
  if (call.ended_at !== null) return null;
  const now = (call.troubles ?? []).filter((trouble) => trouble.until === null);
  return now.find((trouble) => trouble.fault === "nothing") ?? now[0] ?? null;
}

/** What is shown: of what comes to us the browser knows best, of what goes from us the telephone service does. */
export function shownTrouble(
  seen: CallSound | null,
  told: SoundTrouble | null,
): Pick<SoundTrouble, "fault" | "why" | "mine"> | null {
  if (seen?.trouble) return seen.trouble;
  return seen !== null && told !== null && !told.mine ? null : told;
}

/** Follows the server's events until the answer is called. */
export function followTroubles(): () => void {
  return onServerEvent("calls", ({ call }) => {
    const { room_id: room } = call;
    if (room === null) return;
    const trouble = going(call);
    const known = toldTroubles.get();
    if (trouble === null && !known.has(room)) return;
    const next = new Map(known);
    if (trouble === null) next.delete(room);
    else next.set(room, trouble);
    toldTroubles.set(next);
  });
}

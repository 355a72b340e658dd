import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { Visitor } from "../../api/meetings";
import { followVisitors, visitorsOf } from "./visitors";

/** All visitors of a meeting, kept true while the component is there; of no meeting, nobody. */
export function useVisitors(meetingId: string | null): readonly Visitor[] {
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = [
        meetingId === null ? null : followVisitors(meetingId),
        visitorsOf(meetingId).subscribe(listener),
      ];
      return () => {
        for (const end of ends) end?.();
      };
    },
    [meetingId],
  );
  return useSyncExternalStore(subscribe, () => visitorsOf(meetingId).get());
}

/** Who waits to be let in, the longest waiting first. */
export function useWaiting(meetingId: string | null): readonly Visitor[] {
  const visitors = useVisitors(meetingId);
  return useMemo(() => visitors.filter((visitor) => visitor.state === "waiting"), [visitors]);
}

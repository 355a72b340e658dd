import { useStore } from "../../state/store";
import { meeting } from "../session/meeting";
import { isLive } from "../session/phase";
import type { MeetingSnapshot } from "../session/types";

/** The meeting that one is in, or was in last. */
export function useMeeting(): MeetingSnapshot | null {
  return useStore(meeting);
}

/** The meeting that one is in, or on the way into. */
export function useLiveMeeting(): MeetingSnapshot | null {
  const here = useStore(meeting);
  return here && isLive(here.phase) ? here : null;
}

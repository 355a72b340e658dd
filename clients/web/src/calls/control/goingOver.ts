import type { CallMeeting } from "../../api/calls";
import { createStore } from "../../state/store";

/** The call of this page that goes on as a meeting now, which the meetings enter for it; null: none does. */
export const goingOver = createStore<{ callId: string; meeting: CallMeeting } | null>(null);

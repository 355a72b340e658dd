import { createStore } from "../state/store";

/** Missed calls not yet looked at, for the badge of the section. */
export const missedCalls = createStore(0);

import { createStore } from "../state/store";

/** Unread messages over all rooms, for the badge of the chat section. */
export const unreadTotal = createStore(0);

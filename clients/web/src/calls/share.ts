import { createStore } from "../state/store";

/** The room whose ways in are being shared, wherever in the product one is; null for none. */
export const sharing = createStore<string | null>(null);

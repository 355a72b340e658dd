import { createStore } from "../../state/store";

/** How many lists of those who wait are on the page: beside one, nothing has to tell of them. */
export const openPanels = createStore(0);

/** A list is shown; the answer says that it no longer is. */
export function openPanel(): () => void {
  openPanels.update((count) => count + 1);
  return () => openPanels.update((count) => count - 1);
}

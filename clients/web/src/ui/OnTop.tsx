import { type ReactNode, type RefObject, useLayoutEffect } from "react";
import { createPortal } from "react-dom";
import { createStore, useStore } from "../state/store";

/** The modal windows that are open, the uppermost last. */
const windows = createStore<readonly HTMLDialogElement[]>([]);

/**
 * Opens a dialog as a modal window for as long as it is there: in the same step that draws it, so that nobody sees or
 * reaches it closed, and closes it before it leaves the page, so that the focus returns to where it was.
 */
export function useModalWindow(ref: RefObject<HTMLDialogElement | null>): void {
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return undefined;
    dialog.showModal();
    windows.update((open) => [...open, dialog]);
    return () => {
      windows.update((open) => open.filter((each) => each !== dialog));
      dialog.close();
    };
  }, [ref]);
}

/**
 * Draws what must be seen, heard and reached whatever is open: within the uppermost modal window while there is one,
 * because all outside of it is behind its backdrop and inert, for the pointer and for screen readers alike. The top
 * layer by itself (the popover API) would only change what is seen.
 */
export function OnTop({ children }: { children: ReactNode }) {
  const uppermost = useStore(windows).at(-1);
  return uppermost ? createPortal(children, uppermost) : children;
}

import { type ReactNode, type RefObject, useEffect, useLayoutEffect } from "react";
import { createPortal } from "react-dom";
import { createStore, useStore } from "../state/store";

/** The modal windows that are open, the uppermost last. */
const windows = createStore<readonly HTMLDialogElement[]>([]);

/** Opens a dialog as a modal window for as long as it is there. */
export function useModalWindow(ref: RefObject<HTMLDialogElement | null>): void {
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return undefined;
    windows.update((open) => [...open, dialog]);
    return () => windows.update((open) => open.filter((each) => each !== dialog));
  }, [ref]);
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
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

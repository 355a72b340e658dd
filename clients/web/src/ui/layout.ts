import { useSyncExternalStore } from "react";

/** The phone layout is for windows under 700 pixels. */
const phone = window.matchMedia("(max-width: 699px)");

function subscribe(listener: () => void): () => void {
  phone.addEventListener("change", listener);
  return () => phone.removeEventListener("change", listener);
}

export type Layout = "desktop" | "phone";

export function useLayout(): Layout {
  return useSyncExternalStore(subscribe, () => (phone.matches ? "phone" : "desktop"));
}

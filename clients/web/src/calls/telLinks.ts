import { createStore } from "../state/store";
import { numberOfTelLink } from "../numbers/number";

/** The number of an address `/?dial=…`, which another program's `tel:` link opens; "" without one. */
export function dialledByAddress(search: string): string {
  const wanted = new URLSearchParams(search).get("dial") ?? "";
  return numberOfTelLink(wanted) ?? wanted;
}

/** A number that came from outside: it is shown on the dial pad, and called only by the person. */
export const numberFromOutside = createStore(dialledByAddress(window.location.search));

if (numberFromOutside.get()) {
  const { pathname, hash } = window.location;
  window.history.replaceState(null, "", pathname + hash);
}

/** Calls the `tel:` links of our own pages when they are pressed, until the answer is called. */
export function followTelLinks(call: (number: string) => void): () => void {
  const onClick = (event: MouseEvent): void => {
    const link = (event.target as Element | null)?.closest?.("a[href]")?.getAttribute("href");
    const number = link ? numberOfTelLink(link) : null;
    if (number === null || event.defaultPrevented) return;
    event.preventDefault();
    call(number);
  };
  document.addEventListener("click", onClick);
  return () => document.removeEventListener("click", onClick);
}

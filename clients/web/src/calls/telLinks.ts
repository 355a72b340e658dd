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

/** Given to the `tel:` links that our own pages write. What others write (messages) never keeps it. */
export const ownTelLink = { "data-dial": "" } as const;

interface TelLinkActions {
  /** A link that our own pages wrote. */
  call: (number: string) => void;
  /** A link that somebody wrote, whatever words it shows: the person sees the number before it is called. */
  show: (number: string) => void;
}

/** Acts on `tel:` links when they are pressed, until the answer is called. */
export function followTelLinks({ call, show }: TelLinkActions): () => void {
  const onClick = (event: MouseEvent): void => {
    const link = (event.target as Element | null)?.closest?.("a[href]");
    const number = numberOfTelLink(link?.getAttribute("href") ?? "");
    if (!link || number === null || event.defaultPrevented) return;
    event.preventDefault();
    if (link.hasAttribute("data-dial")) call(number);
    else show(number);
  };
  document.addEventListener("click", onClick);
  return () => document.removeEventListener("click", onClick);
}

import { useEffect } from "react";
import { createStore } from "../state/store";

/** What the tab's title is made of. */
export interface TitleParts {
  /** The page's own words, of pages that are not the product's. */
  page: string | null;
  /** How much is new: unread messages and missed calls. */
  fresh: number;
  /** Who rings, in words; it stands before all else. */
  ringing: string | null;
}

const NAME = "Unisono";

export function titleWords({ page, fresh, ringing }: TitleParts): string {
  if (ringing !== null) return `☎ ${ringing}`;
  const own = page === null ? NAME : `${page} · ${NAME}`;
  return fresh > 0 ? `(${fresh}) ${own}` : own;
}

const parts = createStore<TitleParts>({ page: null, fresh: 0, ringing: null });

/** The only way to the tab's title: whoever changes one part leaves the others as they are. */
export function setTitle(changed: Partial<TitleParts>): void {
  parts.update((before) => ({ ...before, ...changed }));
  document.title = titleWords(parts.get());
}

/** The page's own words, for as long as it is shown. */
export function usePageTitle(page: string): void {
  useEffect(() => {
    setTitle({ page });
    return () => setTitle({ page: null });
  }, [page]);
}

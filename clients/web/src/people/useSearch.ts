import { useEffect, useState } from "react";
import { api } from "../api/client";
import { type Hit, hitsFor } from "./search";

const DEBOUNCE_MS = 150;

export interface SearchState {
  /** The text that `hits` answer. */
  query: string;
  hits: readonly Hit[];
  failed: boolean;
}

const NOTHING: SearchState = { query: "", hits: [], failed: false };

/** The row that Enter means when it comes before the list. */
export async function firstHit(query: string, me: string): Promise<Hit | undefined> {
  const { results } = await api.search(query);
  return hitsFor(query, results, me)[0];
}

/** What the server finds for a text, asked once typing pauses; an answer that comes too late is dropped. */
export function useSearch(text: string, me: string): SearchState {
  const [state, setState] = useState(NOTHING);
  const query = text.trim();
  useEffect(() => {
    if (!query) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.search(query, abort.signal).then(
        ({ results }) => setState({ query, hits: hitsFor(query, results, me), failed: false }),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          setState({ query, hits: hitsFor(query, [], me), failed: error instanceof Error });
        },
      );
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, me]);
  return query ? state : NOTHING;
}

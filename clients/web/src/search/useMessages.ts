import { useCallback, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { findMessages, type MessageHit } from "../api/search";

const DEBOUNCE_MS = 250;

export interface FoundMessages {
  /** The question that `hits` answer; "" while nothing was answered yet. */
  asked: string;
  hits: readonly MessageHit[];
  next: string | null;
  /** Why there are none, a code of the server's. */
  error: string | null;
  loadingMore: boolean;
}

const NOTHING: FoundMessages = { asked: "", hits: [], next: null, error: null, loadingMore: false };

const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : "offline");

/** What is found for a question, asked once typing pauses; "" asks nothing. `more` goes on after the last one. */
export function useMessages(question: string, limit?: number): FoundMessages & { more: () => void } {
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    if (!question) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      findMessages(question, { signal: abort.signal, ...(limit ? { limit } : {}) }).then(
        (found) => setState({ ...NOTHING, ...found, asked: question }),
        (error: unknown) =>
          abort.signal.aborted || setState({ ...NOTHING, asked: question, error: codeOf(error) }),
      );
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [question, limit]);
  const { asked, next } = state;
  const more = useCallback(() => {
    setState((before) => ({ ...before, loadingMore: true, error: null }));
    findMessages(asked, { before: next }).then(
      (found) =>
        setState((before) =>
          before.asked === asked
            ? { ...before, hits: [...before.hits, ...found.hits], next: found.next, loadingMore: false }
            : before,
        ),
      (error: unknown) =>
        setState((before) =>
          before.asked === asked ? { ...before, loadingMore: false, error: codeOf(error) } : before,
        ),
    );
  }, [asked, next]);
  return { ...(question ? state : NOTHING), more };
}

import type { SearchResult } from "../api/types";
import { isNumberLike } from "../dialpad/number";

/** A row of the search: a person, or a number to call (`typed` when it is the text itself). */
export type Hit =
  | { key: string; kind: "person"; person: Extract<SearchResult, { kind: "person" }>["person"] }
  | { key: string; kind: "number"; number: string; display: string };

/**
 * The rows for a text: whom the server found except for me, and the text itself when it can be dialled
 * and was not found.
 */
export function hitsFor(text: string, results: readonly SearchResult[], me: string): Hit[] {
  const found = results.map(toHit).filter((hit) => hit.key !== me);
  const offered = found.some((hit) => hit.kind === "number");
  const number = text.trim();
  if (offered || !isNumberLike(number) || isExtensionOf(number, found)) return found;
  return [...found, { key: "typed", kind: "number", number, display: number }];
}

function toHit(result: SearchResult): Hit {
  if (result.kind === "person") return { key: result.person.user_id, kind: "person", person: result.person };
  return { key: result.number, kind: "number", number: result.number, display: result.display };
}

function isExtensionOf(number: string, hits: readonly Hit[]): boolean {
  return hits.some((hit) => hit.kind === "person" && hit.person.extensions.includes(number));
}

/** The row after a press of an arrow key; the ends meet. */
export function moved(index: number, step: 1 | -1, count: number): number {
  return count === 0 ? 0 : (index + step + count) % count;
}

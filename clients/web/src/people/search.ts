import type { Contact } from "../api/phonebooks";
import type { SearchResult } from "../api/types";
import { isNumberLike } from "../numbers/number";

/** A row of the search: a person, a contact of a phonebook, or a number to call (`typed` when it is the text itself). */
export type Hit =
  | { key: string; kind: "person"; person: Extract<SearchResult, { kind: "person" }>["person"] }
  | { key: string; kind: "contact"; contact: Contact }
  | { key: string; kind: "number"; number: string; display: string };

/**
 * The rows for a text: whom the server found except for me, and the text itself when it can be dialled
 * and was not found.
 */
export function hitsFor(text: string, results: readonly SearchResult[], me: string): Hit[] {
  const found = results.map(toHit).filter((hit) => hit.key !== me);
  const offered = found.some((hit) => hit.kind === "number");
  const number = text.trim();
  if (offered || !isNumberLike(number) || isKnown(number, found)) return found;
  return [...found, { key: "typed", kind: "number", number, display: number }];
}

function toHit(result: SearchResult): Hit {
  if (result.kind === "person") return { key: result.person.user_id, kind: "person", person: result.person };
  if (result.kind === "contact") return { key: result.contact.id, ...result };
  return { key: result.number, kind: "number", number: result.number, display: result.display };
}

/** Whether the number is in a row already: somebody's extension, or a contact's in any spelling. */
function isKnown(number: string, hits: readonly Hit[]): boolean {
  const typed = digitsOf(number);
  return hits.some((hit) => {
    if (hit.kind === "person") return hit.person.extensions.includes(number);
    if (hit.kind === "number") return false;
    return hit.contact.numbers.some((each) => [each.number, each.display].map(digitsOf).includes(typed));
  });
}

const digitsOf = (text: string): string => text.replaceAll(/\D/g, "");

/** The number that a press on a contact calls: the one that was looked for, else the first. */
export function numberOf({ numbers }: Contact, text: string): string | undefined {
  const typed = digitsOf(text);
  const meant = typed.length > 2 && numbers.find((each) => digitsOf(each.number).includes(typed));
  return (meant || numbers[0])?.number;
}

/** The row after a press of an arrow key; the ends meet. */
export function moved(index: number, step: 1 | -1, count: number): number {
  return count === 0 ? 0 : (index + step + count) % count;
}

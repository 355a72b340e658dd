import { type Hit, numberOf } from "../../people/search";

/** Somebody or something that has a telephone. */
export interface Callable {
  key: string;
  name: string;
  /** As the dial box takes it. */
  number: string;
}

const AT_MOST = 5;

/** Whom of the hits a telephone reaches, with the number that is meant by the text. */
export function callable(text: string, hits: readonly Hit[]): Callable[] {
  return hits.flatMap((hit) => toCallable(text, hit) ?? []).slice(0, AT_MOST);
}

function toCallable(text: string, hit: Hit): Callable | null {
  if (hit.kind === "number") return { key: hit.key, name: hit.display, number: hit.number };
  const name = hit.kind === "person" ? hit.person.name : hit.contact.name || hit.contact.organisation;
  const number =
    hit.kind === "person" ? (hit.person.extensions[0] ?? hit.person.numbers[0]) : numberOf(hit.contact, text);
  return number === undefined ? null : { key: hit.key, name, number };
}

export interface Part {
  text: string;
  /** Where a link leads, or null for plain text. */
  href: string | null;
}

const LINK = /\bhttps?:\/\/[^\s<>"']+|\bwww\.[^\s<>"']+\.[^\s<>"']+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/giu;
/** Punctuation that ends a sentence rather than an address. */
const TRAILING = /[.,;:!?'"»”]+$/u;

/** Splits plain text at web and e-mail addresses. */
export function linkify(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = trimmed(match[0]);
    if (match.index > end) parts.push({ text: text.slice(end, match.index), href: null });
    parts.push({ text: address, href: hrefOf(address) });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null });
  return parts;
}

function trimmed(address: string): string {
  const cut = address.replace(TRAILING, "");
  // "(see https://example.org/a)": the bracket closes the sentence's, unless it was opened in the address.
  return cut.endsWith(")") && !cut.includes("(") ? trimmed(cut.slice(0, -1)) : cut;
}

function hrefOf(address: string): string {
  if (/^https?:/i.test(address)) return address;
  return address.includes("@") ? `mailto:${address}` : `https://${address}`;
}

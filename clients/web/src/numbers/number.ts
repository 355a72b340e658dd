/** What a dial pad keeps of typed or pasted text: a number, or the name of somebody to search for. */
export function cleanDialled(text: string): string {
  const plain = text.replace(/^\s*tel:/i, "").replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  return plain.replaceAll(/\s+/g, " ").trimStart();
}

/** The text has no letters but digits: it can be dialled. */
export function isNumberLike(text: string): boolean {
  return /^\+?[\d\s().\-/*#]*\d[\d\s().\-/*#]*$/.test(text.trim());
}

/** The number of a `tel:` link (RFC 3966) without its parameters, or null for another link. */
export function numberOfTelLink(link: string): string | null {
  const match = /^(?:web\+)?tel:([^;?]+)/i.exec(link.trim());
  if (!match?.[1]) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}

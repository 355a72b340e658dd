/** A run of text, with its address when it is a link. */
export interface Part {
  text: string;
  href: string | null;
}

/** Splits a message at its http links; nothing else becomes one. */
export function linked(text: string): Part[] {
  return text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .filter((part) => part !== "")
    .map((part) => ({ text: part, href: /^https?:\/\//.test(part) ? part : null }));
}

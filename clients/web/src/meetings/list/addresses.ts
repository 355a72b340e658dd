export interface Addresses {
  /** Each once, in the order in which they were written. */
  good: string[];
  /** What is not an e-mail address. */
  bad: string[];
}

/** What a person typed or pasted from a mail: addresses apart by commas, semicolons, spaces or lines, with names or without. */
export function readAddresses(text: string): Addresses {
  const found: Addresses = { good: [], bad: [] };
  for (const word of text.replaceAll(/"[^"]*"/g, " ").split(/[,;\n]+/)) {
    const bare = /<([^<>]*)>\s*$/.exec(word)?.[1] ?? word;
    for (const each of bare.trim().split(/\s+/).filter(Boolean)) sort(each, found);
  }
  return found;
}

function sort(address: string, { good, bad }: Addresses): void {
  const list = /^[^\s@<>]+@[^\s@<>.]+(\.[^\s@<>.]+)*$/.test(address) ? good : bad;
  const known = list.some((each) => each.toLowerCase() === address.toLowerCase());
  if (!known) list.push(address);
}

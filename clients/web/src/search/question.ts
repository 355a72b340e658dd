/** What is looked for in messages, as the page shows it and as the server reads it. Free of React. */

export interface Question {
  words: string;
  /** Who said it, a Matrix id; "" for anybody. */
  from: string;
  /** Where, a room's id; "" for everywhere. */
  room: string;
  /** The first day and the last one, as 2026-05-31; "" for any. */
  since: string;
  until: string;
  files: boolean;
}

export const ANYTHING: Question = { words: "", from: "", room: "", since: "", until: "", files: false };

/** How many filters narrow what is found. */
export function narrowing({ from, room, since, until, files }: Question): number {
  return [from, room, since, until, files].filter(Boolean).length;
}

/** The question in the words of the server; "" where there is nothing to ask. */
export function asked({ words, from, room, since, until, files }: Question): string {
  const parts = [
    words.trim(),
    from && `from:${from}`,
    room && `in:${room}`,
    since && `after:${since}`,
    until && `before:${dayAfter(until)}`,
    files && "has:file",
  ];
  return parts.filter(Boolean).join(" ");
}

function dayAfter(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}

/** A part of a text, from the character `at` on; `found` is what was looked for. */
export interface Piece {
  at: number;
  text: string;
  found: boolean;
}

export function pieces(text: string, matches: readonly (readonly [number, number])[]): Piece[] {
  const parts: Piece[] = [];
  let at = 0;
  for (const [begin, end] of matches) {
    if (begin < at) continue;
    parts.push({ at, text: text.slice(at, begin), found: false });
    parts.push({ at: begin, text: text.slice(begin, end), found: true });
    at = end;
  }
  parts.push({ at, text: text.slice(at), found: false });
  return parts.filter((part) => part.text !== "");
}

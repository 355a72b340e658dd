import { fold } from "../../matrix/rooms";
import type { Mention } from "../markdown/markdown";

export interface MentionQuery {
  /** Where the `@` stands. */
  start: number;
  /** What was typed after it. */
  query: string;
}

/** The mention that is being typed just before the caret, if any: `@` at a word's beginning, up to two words. */
export function mentionQuery(text: string, caret: number): MentionQuery | null {
  const match = /(?:^|[\s(])@([\p{L}\p{N}._'-]*(?: [\p{L}\p{N}._'-]*)?)$/u.exec(text.slice(0, caret));
  const query = match?.[1];
  return query === undefined ? null : { start: caret - query.length - 1, query };
}

/** People whose name has a word that begins with each word of the query; at most six. */
export function matchMentions(members: readonly Mention[], query: string): Mention[] {
  const wanted = fold(query).split(" ").filter(Boolean);
  const found = members.filter(({ name }) => {
    const words = fold(name).split(/\s+/);
    return wanted.every((part) => words.some((word) => word.startsWith(part)));
  });
  return found.slice(0, 6);
}

/** The text with the mention in the place of what was typed, and where the caret goes. */
export function putMention(
  text: string,
  { start, query }: MentionQuery,
  name: string,
): { text: string; caret: number } {
  const before = `${text.slice(0, start)}@${name} `;
  return { text: before + text.slice(start + 1 + query.length).trimStart(), caret: before.length };
}

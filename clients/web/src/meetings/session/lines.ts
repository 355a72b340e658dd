import { isGuest, type Word } from "./chatTalk";
import type { ChatLine } from "./types";

/** As many lines as a page keeps. */
const KEPT = 500;

/** Somebody's word as it came; `from` is the SFU's. */
export interface Heard {
  readonly from: string;
  /** Of `from`. */
  readonly name: string;
  readonly word: Word;
  readonly mine: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The lines with one more, in the order in which they came, or with one mended. A guest's words stay as they were; a
 * member's own word takes the place of the same word as others passed it on.
 */
export function withHeard(lines: readonly ChatLine[], heard: Heard): readonly ChatLine[] {
  const { from, word } = heard;
  const [own, passed] = [`${from} ${word.id}`, `passed ${word.id}`];
  const id = word.by === undefined ? own : passed;
  const known = lines.find((line) => line.id === id);
  if (known && isGuest(from)) return lines;
  if (word.by !== undefined && lines.some((line) => line.id.endsWith(` ${word.id}`) && line.id !== passed))
    return lines;
  const before = known ?? lines.find((line) => line.id === passed && !isGuest(from));
  const others = lines.filter((line) => line !== before);
  const line = { ...lineOf(heard, id), ...(before ? { sentAt: before.sentAt } : {}) };
  return [...others, line].toSorted((a, b) => a.sentAt - b.sentAt).slice(-KEPT);
}

function lineOf({ from, name, word, mine, at }: Heard, id: string): ChatLine {
  const sender = { userId: from, name: word.by ?? name };
  const through = word.by === undefined ? {} : { through: name };
  return { id, sender, body: word.body, sentAt: at, mine, ...through };
}

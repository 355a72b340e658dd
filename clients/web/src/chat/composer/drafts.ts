import type { Mention } from "../markdown/markdown";

export interface DraftText {
  text: string;
  mentions: readonly Mention[];
}

const EMPTY: DraftText = { text: "", mentions: [] };
const drafts = new Map<string, DraftText>();

/** What was being written in a room when it was left. */
export function readDraft(roomId: string): DraftText {
  return drafts.get(roomId) ?? EMPTY;
}

export function keepDraft(roomId: string, draft: DraftText): void {
  if (draft.text) drafts.set(roomId, draft);
  else drafts.delete(roomId);
}

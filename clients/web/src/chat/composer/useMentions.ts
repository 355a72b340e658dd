import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { memberName } from "../../matrix/live/names";
import type { Mention } from "../markdown/markdown";
import { useOpenRoom } from "../room/context";
import { matchMentions, mentionQuery, putMention } from "./mentionQuery";

interface Options {
  area: RefObject<HTMLTextAreaElement | null>;
  text: string;
  mentions: readonly Mention[];
  change: (text: string, mentions: readonly Mention[]) => void;
}

export interface MentionState {
  listId: string;
  options: readonly Mention[];
  active: number;
  pick: (mention: Mention) => void;
  onCaret: () => void;
  /** True when the key was for the list. */
  onKey: (event: KeyboardEvent) => boolean;
  aria: Record<string, string | boolean | undefined>;
}

/** The list of people that opens while `@…` is typed, as an ARIA combobox of the text area. */
export function useMentions({ area, text, mentions, change }: Options): MentionState {
  const { client, room } = useOpenRoom();
  const listId = useId();
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(0);
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const caretAfter = useRef<number | null>(null);
  const query = mentionQuery(text, caret);
  const open = query !== null && query.start !== closedAt;
  const options = open ? matchMentions(membersOf(room, client.getSafeUserId()), query.query) : [];

  useLayoutEffect(() => {
    if (caretAfter.current === null) return;
    area.current?.setSelectionRange(caretAfter.current, caretAfter.current);
    caretAfter.current = null;
  }, [text, area]);

  const pick = (mention: Mention): void => {
    if (!query) return;
    const next = putMention(text, query, mention.name);
    caretAfter.current = next.caret;
    change(next.text, [...mentions, mention]);
    setCaret(next.caret);
    area.current?.focus();
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const chosen = options[Math.min(active, options.length - 1)];
    if (!chosen || !query) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setActive((active + step + options.length) % options.length);
    else if (event.key === "Enter" || event.key === "Tab") pick(chosen);
    else if (event.key === "Escape") setClosedAt(query.start);
    else return false;
    event.preventDefault();
    return true;
  };
  const onCaret = (): void => {
    setCaret(area.current?.selectionEnd ?? 0);
    setActive(0);
  };
  const shown = Math.min(active, Math.max(0, options.length - 1));
  const aria = {
    "aria-autocomplete": "list",
    "aria-controls": options.length > 0 ? listId : undefined,
    "aria-activedescendant": options.length > 0 ? `${listId}-${shown}` : undefined,
  };
  return { listId, options, active: shown, pick, onCaret, onKey, aria };
}

function membersOf(room: ReturnType<typeof useOpenRoom>["room"], me: string): Mention[] {
  return room
    .getJoinedMembers()
    .filter((member) => member.userId !== me)
    .map(({ userId }) => ({ userId, name: memberName(room, userId) }));
}

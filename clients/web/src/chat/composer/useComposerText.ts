import { useCallback, useEffect, useLayoutEffect, useState, type RefObject } from "react";
import type { Mention } from "../markdown/markdown";
import type { Composing } from "../room/context";
import { keepDraft, readDraft, type DraftText } from "./drafts";

interface ComposerText extends DraftText {
  change: (text: string, mentions: readonly Mention[]) => void;
  clear: () => void;
}

/**
 * The text being written. It is kept when the room is left; while a message is edited the text is that
 * message's, and the draft comes back after.
 */
export function useComposerText(
  roomId: string,
  composing: Composing,
  area: RefObject<HTMLTextAreaElement | null>,
): ComposerText {
  const editing = composing.kind === "edit" ? composing.message : null;
  const [draft, setDraft] = useState(() => readDraft(roomId));
  const [edited, setEdited] = useState<{ key: string; text: DraftText } | null>(null);
  const shown = editing === null ? draft : edited?.key === editing.key ? edited.text : fromBody(editing.body);

  if (!editing && edited) setEdited(null);

  const change = useCallback(
    (text: string, mentions: readonly Mention[]) => {
      if (editing) setEdited({ key: editing.key, text: { text, mentions } });
      else setDraft({ text, mentions });
    },
    [editing],
  );
  const clear = useCallback(() => {
    setEdited(null);
    if (!editing) setDraft({ text: "", mentions: [] });
  }, [editing]);

  useEffect(() => keepDraft(roomId, draft), [roomId, draft]);
  useEffect(() => {
    if (composing.kind === "new") return;
    area.current?.focus();
    area.current?.setSelectionRange(area.current.value.length, area.current.value.length);
  }, [composing, editing, area]);
  useFitHeight(area, shown.text);
  return { ...shown, change, clear };
}

function fromBody(body: string): DraftText {
  return { text: body, mentions: [] };
}

/** The area is as tall as its text, up to its CSS maximum. */
function useFitHeight(area: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.blockSize = "auto";
    element.style.blockSize = `${element.scrollHeight}px`;
  }, [area, text]);
}

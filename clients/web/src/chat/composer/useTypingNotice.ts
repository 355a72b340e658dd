import { useCallback, useEffect, useRef } from "react";
import type { RoomActions } from "../../matrix/live/actions";

/** The homeserver is told again this often while somebody types. */
const REPEAT_MS = 8_000;
const SHOWN_MS = 12_000;

/** Tells the others that I am typing, and that I stopped; failures do not matter. */
export function useTypingNotice(actions: RoomActions): (typing: boolean) => void {
  const told = useRef(0);
  const notice = useCallback(
    (typing: boolean) => {
      if (typing && Date.now() - told.current < REPEAT_MS) return;
      if (!typing && told.current === 0) return;
      told.current = typing ? Date.now() : 0;
      actions.typing(typing, SHOWN_MS).catch(() => undefined);
    },
    [actions],
  );
  useEffect(() => () => notice(false), [notice]);
  return notice;
}

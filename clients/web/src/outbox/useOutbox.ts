import { useEffect, useState } from "react";
import type { OutboxMessage } from "../api/accounts";
import { accounts } from "../api/accounts";

/** How often the post is looked for while the page is seen, in ms. */
const EVERY_MS = 2_000;

export interface Outbox {
  /** Null until the first answer. */
  messages: readonly OutboxMessage[] | null;
  error: unknown;
}

/** Follows the demo's outbox. */
export function useOutbox(): Outbox {
  const [outbox, setOutbox] = useState<Outbox>({ messages: null, error: null });
  useEffect(() => {
    let current = true;
    const look = (): void => {
      if (document.hidden) return;
      accounts.outbox().then(
        ({ messages }) => current && setOutbox({ messages, error: null }),
        (error: unknown) => current && setOutbox((known) => ({ ...known, error })),
      );
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      current = false;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return outbox;
}

import { blocked as api, type BlockedCallers } from "../api/blocked";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import { createStore } from "../state/store";

const NOBODY: BlockedCallers = { withheld: false, numbers: [] };

/** Whom I have blocked; the same on all of my devices. Null until it is known. */
export const blockedCallers = createStore<BlockedCallers | null>(null);

/** Whether calls of a number do not ring me; null is a number that is withheld. */
export function isBlocked(callers: BlockedCallers | null, number: string | null): boolean {
  if (callers === null) return false;
  return number === null ? callers.withheld : callers.numbers.some((one) => one.number === number);
}

/** The list as it is once a change is done. */
export function changed(
  callers: BlockedCallers | null,
  number: string | null,
  block: boolean,
  now: number,
): BlockedCallers {
  const { withheld, numbers } = callers ?? NOBODY;
  if (number === null) return { withheld: block, numbers };
  const others = numbers.filter((one) => one.number !== number);
  return { withheld, numbers: block ? [{ number, name: null, since: now }, ...others] : others };
}

/** Blocks a number as the server writes it, or lets it ring again; it shows at once, and is as before when it fails. */
export async function setBlocked(number: string | null, block: boolean): Promise<void> {
  const before = blockedCallers.get();
  blockedCallers.set(changed(before, number, block, Date.now()));
  try {
    blockedCallers.set(await (block ? api.block(number) : api.unblock(number)));
  } catch (refusal) {
    blockedCallers.set(before);
    throw refusal;
  }
}

/** Blocks a number as somebody types it. */
export async function blockTyped(typed: string): Promise<void> {
  blockedCallers.set(await api.block(typed));
}

export async function loadBlocked(): Promise<void> {
  blockedCallers.set(await api.list());
}

/** Keeps the list true to the server's events until the answer is called. */
export function followBlocked(): () => void {
  blockedCallers.set(null);
  // What fails is asked again when the stream opens, and by the page that shows the list.
  const load = (): void => void loadBlocked().catch(() => undefined);
  const ends = [onServerEventsOpen(load), onServerEvent("blocked", (callers) => blockedCallers.set(callers))];
  load();
  return () => {
    for (const end of ends) end();
  };
}

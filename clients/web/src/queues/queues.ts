import { errorWords } from "../api/errors";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import { type Duty, type QueueBoards, queuesApi } from "../api/queues";
import { createStore, type Store } from "../state/store";
import { toast } from "../ui/toasts";

/** The boards, and when they came by the clock of this browser; null until they are there. */
export const boards: Store<(QueueBoards & { at: number }) | null> = createStore<
  (QueueBoards & { at: number }) | null
>(null);

/** Asks how it stands; what is known stays where that fails. */
export async function loadBoards(): Promise<void> {
  try {
    boards.set({ ...(await queuesApi.boards()), at: Date.now() });
  } catch {
    // The next event asks again.
  }
}

/** Keeps them true to the server's events until the answer is called. */
export function followQueues(): () => void {
  boards.set(null);
  const load = (): void => void loadBoards();
  const ends = [onServerEventsOpen(load), onServerEvent("queues", load), onServerEvent("groups", load)];
  load();
  return () => {
    for (const end of ends) end();
  };
}

/** Goes on duty, off it, or on a break. */
export async function setDuty(duty: Duty, reason = ""): Promise<void> {
  try {
    const me = await queuesApi.duty(duty, reason);
    boards.update((state) => (state === null ? state : { ...state, me }));
  } catch (error) {
    toast("error", errorWords(error));
  }
  await loadBoards();
}

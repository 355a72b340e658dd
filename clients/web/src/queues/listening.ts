import type { LiveCall } from "../api/calls";
import { callControl } from "../api/calls";
import { errorWords } from "../api/errors";
import { type ListenMode, queuesApi } from "../api/queues";
import { toast } from "../ui/toasts";

/** A call by which I hear an agent's, or am about to. */
export type Listening = LiveCall & { listens: NonNullable<LiveCall["listens"]> };

/** Those of my calls by which I listen. */
export function listenings(live: readonly LiveCall[]): Listening[] {
  return live.filter((call): call is Listening => call.listens != null);
}

/** My devices ring, to hear what an agent of a queue says. */
export const listenTo = (queue: string, agent: string): Promise<void> => told(queuesApi.listen(queue, agent));

/** Be heard by nobody, by the agent, or by both. */
export const listenOtherwise = (callId: string, mode: ListenMode): Promise<void> =>
  told(queuesApi.listenOtherwise(callId, mode));

/** Hears them no more. */
export const endListening = (callId: string): Promise<void> =>
  told(callControl.command(callId, { action: "hang_up" }));

async function told(done: Promise<unknown>): Promise<void> {
  try {
    await done;
  } catch (error) {
    toast("error", errorWords(error));
  }
}

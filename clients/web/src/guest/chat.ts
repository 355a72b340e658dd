import { guests, type GuestMessage } from "../api/guest";
import type { ChatLine, MeetingChat } from "../meetings/session/types";
import { createStore } from "../state/store";

/** The meeting's chat as a guest has it: read from the server's events, written through its API. */
export interface GuestChat extends MeetingChat {
  /** A message has come; the server may repeat it, and sends one that was edited again under the same id. */
  add(message: GuestMessage): void;
}

export function createGuestChat(me: { id: string; name: string }): GuestChat {
  const messages = createStore<readonly ChatLine[]>([]);
  const put = (line: ChatLine): void => {
    messages.update((before) => {
      const known = before.find((each) => each.id === line.id);
      const others = before.filter((each) => each !== known);
      const next = known ? { ...known, body: line.body } : line;
      return [...others, next].toSorted((a, b) => a.sentAt - b.sentAt);
    });
  };
  return {
    messages,
    add: ({ id, sender, body, sent_at: sentAt, mine }) =>
      put({ id, sender: { userId: sender.user_id, name: sender.name }, body, sentAt, mine }),
    send: async (body) => {
      const { id } = await guests.say(body);
      // Its event may have come first.
      put({ id, sender: { userId: me.id, name: me.name }, body, sentAt: Date.now(), mine: true });
    },
  };
}

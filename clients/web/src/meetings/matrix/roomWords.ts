import { EventStatus, EventType, RelationType, RoomEvent } from "matrix-js-sdk";
import type { IContent, MatrixClient, MatrixEvent, Room } from "matrix-js-sdk";
import { i18n } from "../../i18n/i18n";
import { guestContent, guestKey, readGuestWords } from "../../matrix/guestWords";
import type { RoomWords } from "../session/memberChat";
import type { Word } from "../session/chatTalk";

/** The chat of a meeting's room, for the words of guests who cannot read it. */
export function roomWordsOf(client: MatrixClient, room: Room): RoomWords {
  return {
    write: async (word) => {
      const label = i18n.t("guest_label", { ns: "chat", name: word.name });
      // The same again is no second message, as far as the homeserver can tell that.
      const transaction = `guest ${guestKey(word)}`;
      const content = guestContent(word, label) as IContent;
      await client.sendEvent(room.roomId, EventType.RoomMessage, content as never, transaction);
    },
    has: (word) => {
      const events = room.getLiveTimeline().getEvents();
      return events.some((event) => readGuestWords(event.getContent())?.key === guestKey(word));
    },
    onOwn: (listener) => {
      const told = new WeakSet<MatrixEvent>();
      const onEcho = (event: MatrixEvent): void => {
        const word = told.has(event) ? null : readSent(event);
        if (!word) return;
        told.add(event);
        listener(word);
      };
      room.on(RoomEvent.LocalEchoUpdated, onEcho);
      return () => room.off(RoomEvent.LocalEchoUpdated, onEcho);
    },
  };
}

const TEXTS: ReadonlySet<unknown> = new Set(["m.text", "m.notice", "m.emote"]);

/** What one wrote, once the homeserver has it; an edit under the id of what it replaces. Null for all else. */
export function readSent(event: MatrixEvent): Word | null {
  const sent = event.status === null || event.status === EventStatus.SENT;
  if (!sent || event.getType() !== (EventType.RoomMessage as string)) return null;
  const relation = event.getRelation();
  const edited = relation?.rel_type === (RelationType.Replace as string) ? relation.event_id : undefined;
  const content = (edited ? event.getContent()["m.new_content"] : event.getContent()) as IContent | undefined;
  const id = edited ?? event.getId();
  if (!content || !id || readGuestWords(content) || !TEXTS.has(content.msgtype)) return null;
  return typeof content.body === "string" ? { id, body: content.body } : null;
}

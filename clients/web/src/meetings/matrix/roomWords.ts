import { EventStatus, EventType, MatrixEventEvent, RelationType, RoomEvent } from "matrix-js-sdk";
import type { IContent, IRoomTimelineData, MatrixClient, MatrixEvent, Room } from "matrix-js-sdk";
import { i18n } from "../../i18n/i18n";
import { guestContent, guestKey, readGuestWords } from "../../matrix/guestWords";
import { memberName } from "../../matrix/live/names";
import { NAME_MOST, type Word } from "../session/chatTalk";
import type { GuestName, RoomWords } from "../session/memberChat";

/** The chat of a meeting's room, for the words of guests who cannot read it. */
export function roomWordsOf(client: MatrixClient, room: Room): RoomWords {
  return {
    write: async (word) => {
      // The same again is no second message, as far as the homeserver can tell that.
      const transaction = `guest ${guestKey(word)}`;
      const content = guestContent(word, labelOf(word.name)) as IContent;
      await client.sendEvent(room.roomId, EventType.RoomMessage, content as never, transaction);
    },
    has: (word) => {
      const events = room.getLiveTimeline().getEvents();
      return events.some((event) => readGuestWords(event.getContent())?.key === guestKey(word));
    },
    onOwn: (listener) => {
      const [me, told] = [client.getSafeUserId(), new WeakSet<MatrixEvent>()];
      const onEvent = (event: MatrixEvent): void => {
        const said = told.has(event) || event.getSender() !== me ? null : readSaid(event);
        if (!said || said.guest) return;
        told.add(event);
        listener(said.word);
      };
      const endLive = followLive(client, room, onEvent);
      room.on(RoomEvent.LocalEchoUpdated, onEvent);
      return () => {
        endLive();
        room.off(RoomEvent.LocalEchoUpdated, onEvent);
      };
    },
    onOther: (listener) =>
      followLive(client, room, (event) => {
        const sender = event.getSender() ?? "";
        const said = readSaid(event);
        if (!said || (sender === client.getUserId() && !said.guest)) return;
        const by = said.guest ? labelOf(said.guest.name) : memberName(room, sender);
        listener({ ...said.word, by: by.slice(0, NAME_MOST) }, said.guest);
      }),
  };
}

function labelOf(name: string): string {
  return i18n.t("guest_label", { ns: "chat", name });
}

/** Tells of each event that comes from elsewhere, once it can be read; the answer ends it. */
function followLive(client: MatrixClient, room: Room, listener: (event: MatrixEvent) => void): () => void {
  let following = true;
  const tell = (event: MatrixEvent): void => {
    if (following) listener(event);
  };
  const onTimeline = (
    event: MatrixEvent,
    _room: Room | undefined,
    toStart: boolean | undefined,
    removed: boolean,
    { liveEvent = false }: IRoomTimelineData,
  ): void => {
    if (!toStart && !removed && liveEvent && event.status === null) void readable(client, event).then(tell);
  };
  room.on(RoomEvent.Timeline, onTimeline);
  return () => {
    following = false;
    room.off(RoomEvent.Timeline, onTimeline);
  };
}

async function readable(client: MatrixClient, event: MatrixEvent): Promise<MatrixEvent> {
  await client.decryptEventIfNeeded(event).catch(() => undefined);
  // Its key may come later than the event.
  if (event.isDecryptionFailure())
    await new Promise((done) => {
      event.once(MatrixEventEvent.Decrypted, done);
    });
  return event;
}

const TEXTS: ReadonlySet<unknown> = new Set(["m.text", "m.notice", "m.emote"]);

/** What an event says in words, once the homeserver has it; an edit under the id of what it replaces. Null for all else. */
export function readSaid(
  event: MatrixEvent,
): { word: Word; guest: (GuestName & { name: string }) | null } | null {
  const sent = event.status === null || event.status === EventStatus.SENT;
  if (!sent || event.isRedacted() || event.getType() !== (EventType.RoomMessage as string)) return null;
  const relation = event.getRelation();
  const edited = relation?.rel_type === (RelationType.Replace as string) ? relation.event_id : undefined;
  const content = (edited ? event.getContent()["m.new_content"] : event.getContent()) as IContent | undefined;
  const id = edited ?? event.getId();
  if (!content || !id || !TEXTS.has(content.msgtype) || typeof content.body !== "string") return null;
  const guest = readGuestWords(content);
  return { word: { id, body: guest?.body ?? content.body }, guest };
}

import { readFileKeys } from "../attachments";
import {
  EventStatus,
  EventType,
  MsgType,
  RelationType,
  type IContent,
  type MatrixClient,
  type MatrixEvent,
  type Room,
} from "matrix-js-sdk";
import { i18n } from "../../i18n/i18n";
import { causeOf } from "../encryption";
import { readGuestWords, type GuestWords } from "../guestWords";
import { withoutReplyFallback } from "../quoted";
import type { Media, Message, MessageKind, Quote, Reaction } from "../timeline";
import { memberName } from "./names";

const KINDS: Record<string, MessageKind> = {
  [MsgType.Text]: "text",
  [MsgType.Emote]: "emote",
  [MsgType.Notice]: "notice",
  [MsgType.Image]: "image",
  [MsgType.File]: "file",
  [MsgType.Audio]: "audio",
  [MsgType.Video]: "video",
};

/** What kind of message an event is, or null when it is not one that stands in the timeline by itself. */
export function messageKind(event: MatrixEvent): MessageKind | null {
  const type = event.getType();
  if (event.isRelation(RelationType.Replace)) return null;
  // What could not be decrypted calls itself a message.
  if (type === (EventType.RoomMessageEncrypted as string) || event.isDecryptionFailure())
    return event.isRedacted() ? "redacted" : "encrypted";
  if (type === (EventType.Sticker as string)) return event.isRedacted() ? "redacted" : "image";
  if (type !== (EventType.RoomMessage as string)) return null;
  if (event.isRedacted()) return "redacted";
  // A dialog asks instead.
  if (event.getContent().msgtype === MsgType.KeyVerificationRequest) return null;
  return KINDS[String(event.getContent().msgtype)] ?? "text";
}

/** Events whose identity must survive the echo: the first id that was seen is the key. */
const keys = new WeakMap<MatrixEvent, string>();

export function eventKey(event: MatrixEvent): string {
  const known = keys.get(event);
  if (known) return known;
  const key = event.getId() ?? "";
  keys.set(event, key);
  return key;
}

/** What a message event is to a reader, or null when it is not a message. */
export function readMessage(client: MatrixClient, room: Room, event: MatrixEvent): Message | null {
  const kind = messageKind(event);
  if (kind === null) return null;
  const me = client.getSafeUserId();
  const sender = event.getSender() ?? "";
  const content = event.getContent();
  const sent = event.status === null;
  const gone = kind === "redacted";
  const guest = gone ? null : readGuestWords(content);
  const mine = sender === me;
  const own = mine && guest === null;
  return {
    type: "message",
    key: eventKey(event),
    eventId: event.getId() ?? "",
    ts: event.getTs(),
    sender: guest?.userId ?? sender,
    senderName: guest ? guestName(guest, memberName(room, sender)) : memberName(room, sender),
    own,
    kind,
    unreadable: kind === "encrypted" ? causeOf(event.decryptionFailureReason) : null,
    body: gone || kind === "encrypted" ? "" : (guest?.body ?? bodyOf(content)),
    html: gone || guest ? null : htmlOf(content),
    media: gone ? null : readMedia(content),
    quote: gone ? null : quoteOf(client, room, event),
    reactions: gone ? [] : reactionsOf(room, event, me),
    edited: !gone && event.replacingEventId() !== undefined,
    mentionsMe: !mine && mentions(content, me),
    status: statusOf(event),
    canEdit: own && sent && (kind === "text" || kind === "emote"),
    canRedact: sent && !gone && (mine || room.currentState.maySendRedactionForEvent(event, me)),
  };
}

/** A guest's name, with that of the member who vouches for the words. */
function guestName({ name }: GuestWords, member: string): string {
  return i18n.t("guest_through", { ns: "chat", name, member });
}

function statusOf(event: MatrixEvent): Message["status"] {
  const status = event.replacingEvent()?.status ?? event.status;
  if (status === EventStatus.NOT_SENT) return "failed";
  return status === null || status === EventStatus.SENT ? "sent" : "sending";
}

function bodyOf(content: IContent): string {
  const body = typeof content.body === "string" ? content.body : "";
  return content["m.relates_to"]?.["m.in_reply_to"] ? withoutReplyFallback(body) : body;
}

function htmlOf(content: IContent): string | null {
  const isHtml = content.format === "org.matrix.custom.html" && typeof content.formatted_body === "string";
  return isHtml ? (content.formatted_body as string) : null;
}

function mentions(content: IContent, me: string): boolean {
  const listed: unknown = content["m.mentions"]?.user_ids;
  return Array.isArray(listed) && listed.includes(me);
}

function readMedia(content: IContent): Media | null {
  const fileKeys = readFileKeys(content.file);
  const mxc: unknown = fileKeys ? content.file.url : content.url;
  if (typeof mxc !== "string" || !mxc.startsWith("mxc://")) return null;
  const info = (content.info ?? {}) as Record<string, unknown>;
  return {
    mxc,
    keys: fileKeys,
    name: String(content.filename ?? content.body ?? ""),
    mimetype: typeof info.mimetype === "string" ? info.mimetype : "application/octet-stream",
    size: positive(info.size),
    width: positive(info.w),
    height: positive(info.h),
  };
}

function positive(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : null;
}

function quoteOf(client: MatrixClient, room: Room, event: MatrixEvent): Quote | null {
  const eventId = event.replyEventId;
  if (!eventId) return null;
  const quoted = room.findEventById(eventId) ?? quotesOf(client).get(eventId);
  if (!quoted) {
    void fetchQuote(client, room, eventId);
    return { eventId, senderName: null, preview: "" };
  }
  const hidden = quoted.isRedacted() || quoted.isDecryptionFailure();
  const preview = hidden ? "" : bodyOf(quoted.getContent());
  return { eventId, senderName: memberName(room, quoted.getSender() ?? ""), preview: preview.slice(0, 300) };
}

/** More than any timeline shows at once; beyond it those fetched first are forgotten. */
const QUOTES_KEPT = 2_000;
/** What a client has fetched, and nobody after it. Null while it is being fetched, or cannot be. */
const fetchedQuotes = new WeakMap<MatrixClient, Map<string, MatrixEvent | null>>();

function quotesOf(client: MatrixClient): Map<string, MatrixEvent | null> {
  const known = fetchedQuotes.get(client) ?? new Map<string, MatrixEvent | null>();
  fetchedQuotes.set(client, known);
  return known;
}

const quoteListeners = new Set<(roomId: string) => void>();

/** Called when a quoted message from before the loaded timeline has come. */
export function onQuoteFetched(listener: (roomId: string) => void): () => void {
  quoteListeners.add(listener);
  return () => quoteListeners.delete(listener);
}

async function fetchQuote(client: MatrixClient, room: Room, eventId: string): Promise<void> {
  const fetched = quotesOf(client);
  if (fetched.has(eventId)) return;
  fetched.set(eventId, null);
  const [oldest] = fetched.keys();
  if (fetched.size > QUOTES_KEPT && oldest !== undefined) fetched.delete(oldest);
  try {
    const raw = await client.fetchRoomEvent(room.roomId, eventId);
    const event = client.getEventMapper({ decrypt: false })(raw);
    await client.decryptEventIfNeeded(event);
    fetched.set(eventId, event);
    for (const listener of quoteListeners) listener(room.roomId);
  } catch {
    // It was deleted, or is from before we joined: the quote stays without its words.
  }
}

function reactionsOf(room: Room, event: MatrixEvent, me: string): Reaction[] {
  const relations = room.relations.getChildEventsForEvent(
    event.getId() ?? "",
    RelationType.Annotation,
    EventType.Reaction,
  );
  const sorted = relations?.getSortedAnnotationsByKey() ?? [];
  return sorted
    .map(([key, events]) => readReaction(room, key, [...events], me))
    .filter((reaction) => reaction.names.length > 0);
}

function readReaction(room: Room, key: string, events: MatrixEvent[], me: string): Reaction {
  const standing = events.filter((event) => !event.isRedacted() && event.status !== EventStatus.CANCELLED);
  const senders = [...new Set(standing.map((event) => event.getSender() ?? ""))];
  const mine = standing.find((event) => event.getSender() === me);
  return { key, names: senders.map((sender) => memberName(room, sender)), mine: mine?.getId() ?? null };
}

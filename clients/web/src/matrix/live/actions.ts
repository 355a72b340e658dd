import { sealFile } from "../attachments";
import {
  EventType,
  MsgType,
  Preset,
  RelationType,
  type MatrixClient,
  type MatrixEvent,
  type Room,
} from "matrix-js-sdk";
import type { RoomMessageEventContent } from "matrix-js-sdk/lib/types";
import { pendingOf } from "./pending";

const MEGOLM = "m.megolm.v1.aes-sha2";

/** A message that is about to be sent. */
export interface Draft {
  body: string;
  html: string | null;
  mentions: readonly string[];
  /** The event that it answers. */
  replyTo: string | null;
  /** The event whose text it replaces. */
  edits: string | null;
}

/** What a person did, sent to the homeserver. Each shows its local echo at once; failures are on the event. */
export class RoomActions {
  private markedRead: string | null = null;

  constructor(
    private readonly client: MatrixClient,
    private readonly room: Room,
  ) {}

  async send(draft: Draft): Promise<void> {
    await this.client.sendMessage(this.room.roomId, textContent(draft));
  }

  async react(eventId: string, key: string): Promise<void> {
    await this.client.sendEvent(this.room.roomId, EventType.Reaction, {
      "m.relates_to": { rel_type: RelationType.Annotation, event_id: eventId, key },
    });
  }

  async redact(eventId: string): Promise<void> {
    await this.client.redactEvent(this.room.roomId, eventId);
  }

  async retry(eventId: string): Promise<void> {
    const event = this.unsent(eventId);
    if (event) await this.client.resendEvent(event, this.room);
  }

  discard(eventId: string): void {
    const event = this.unsent(eventId);
    if (event) this.client.cancelPendingEvent(event);
  }

  /** The failed event itself, or the failed edit of a message that was sent before. */
  private unsent(eventId: string): MatrixEvent | null {
    const waiting = pendingOf(this.room).find((each) => each.getId() === eventId);
    const event = waiting ?? this.room.findEventById(eventId);
    return event?.replacingEvent()?.status ? event.replacingEvent() : (event ?? null);
  }

  /** Tells the sender that all that is loaded has been read. */
  async markRead(): Promise<void> {
    const last = this.room
      .getLiveTimeline()
      .getEvents()
      .findLast((event) => event.status === null);
    const eventId = last?.getId() ?? null;
    if (!last || eventId === this.markedRead) return;
    if (this.room.getEventReadUpTo(this.client.getSafeUserId(), true) === eventId) return;
    // Remembered before it is sent: its own local echo must not ask for it again.
    this.markedRead = eventId;
    try {
      await this.client.sendReadReceipt(last);
    } catch (error) {
      this.markedRead = null;
      throw error;
    }
  }

  async typing(isTyping: boolean, timeoutMs: number): Promise<void> {
    await this.client.sendTyping(this.room.roomId, isTyping, timeoutMs);
  }

  async rename(name: string): Promise<void> {
    await this.client.setRoomName(this.room.roomId, name);
  }

  async invite(userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) await this.client.invite(this.room.roomId, userId);
  }

  async leave(): Promise<void> {
    await this.client.leave(this.room.roomId);
  }

  /** For good: no room is decrypted again. */
  async encrypt(): Promise<void> {
    await this.client.sendStateEvent(this.room.roomId, EventType.RoomEncryption, { algorithm: MEGOLM });
  }

  may(): { rename: boolean; invite: boolean; speak: boolean; encrypt: boolean } {
    const me = this.client.getSafeUserId();
    return {
      rename: this.room.currentState.maySendStateEvent(EventType.RoomName, me),
      invite: this.room.canInvite(me),
      speak: this.room.maySendMessage(),
      encrypt: this.room.currentState.maySendStateEvent(EventType.RoomEncryption, me),
    };
  }
}

function textContent({ body, html, mentions, replyTo, edits }: Draft): RoomMessageEventContent {
  const content = {
    msgtype: MsgType.Text,
    body,
    ...(html === null ? {} : { format: "org.matrix.custom.html", formatted_body: html }),
    "m.mentions": mentions.length > 0 ? { user_ids: [...mentions] } : {},
  };
  if (edits !== null) {
    return {
      ...content,
      body: `* ${body}`,
      ...(html === null ? {} : { formatted_body: `* ${html}` }),
      "m.new_content": content,
      "m.relates_to": { rel_type: RelationType.Replace, event_id: edits },
    } as RoomMessageEventContent;
  }
  if (replyTo === null) return content as RoomMessageEventContent;
  return {
    ...content,
    "m.relates_to": { "m.in_reply_to": { event_id: replyTo } },
  } as RoomMessageEventContent;
}

/** A new group of these people, private; phones reach its calls unless it is `encrypted`. */
export async function createGroup(
  client: MatrixClient,
  name: string,
  userIds: readonly string[],
  encrypted: boolean,
): Promise<string> {
  const { room_id: roomId } = await client.createRoom({
    name,
    invite: [...userIds],
    preset: Preset.PrivateChat,
    power_level_content_override: { invite: 0 },
    initial_state: encrypted
      ? [{ type: EventType.RoomEncryption, state_key: "", content: { algorithm: MEGOLM } }]
      : [],
  });
  return roomId;
}

interface FileInfo {
  width: number | null;
  height: number | null;
}

/** Uploads a file, sealed in an encrypted room, and says it there; `progress` gets bytes. */
export async function sendFile(
  client: MatrixClient,
  roomId: string,
  file: File,
  { width, height }: FileInfo,
  progress: (loaded: number, total: number) => void,
  abort: AbortController,
): Promise<void> {
  const encrypted = client.getRoom(roomId)?.hasEncryptionStateEvent() ?? false;
  const sealed = encrypted ? await sealFile(await file.arrayBuffer()) : null;
  const { content_uri: url } = await client.uploadContent(sealed ? new Blob([sealed.data]) : file, {
    abortController: abort,
    progressHandler: ({ loaded, total }) => progress(loaded, total),
    // Name and type are part of what the server is not to know.
    ...(sealed ? { includeFilename: false, type: "application/octet-stream" } : {}),
  });
  const content = {
    msgtype: fileKind(file.type),
    body: file.name,
    filename: file.name,
    ...(sealed ? { file: { ...sealed.keys, url } } : { url }),
    info: {
      mimetype: file.type || "application/octet-stream",
      size: file.size,
      ...(width && height ? { w: width, h: height } : {}),
    },
    "m.mentions": {},
  };
  await client.sendMessage(roomId, content as RoomMessageEventContent);
}

function fileKind(mimetype: string): MsgType {
  // An SVG may be shown by its sender's wish only: treat it as a file.
  if (mimetype === "image/svg+xml") return MsgType.File;
  if (mimetype.startsWith("image/")) return MsgType.Image;
  if (mimetype.startsWith("audio/")) return MsgType.Audio;
  return mimetype.startsWith("video/") ? MsgType.Video : MsgType.File;
}

import { plainName } from "./identity";
import type { MediaRoom } from "./media";
import type { ChatWire, KeyWire } from "./types";

/** Words about keys among those who are in the same room of the SFU. */
export function keyWire(room: MediaRoom): KeyWire {
  return {
    send: (payload, to) => room.send("keys", payload, to),
    identities: () => room.people().flatMap((person) => (person.me ? [] : [person.identity])),
    onMessage: (listener) =>
      room.subscribe((news) => {
        if (news.kind === "data" && news.topic === "keys") listener(news.payload, news.from);
      }),
    onConnected: (listener) => room.subscribe((news) => news.kind === "connected" && listener(news.me)),
    onJoined: (listener) => room.subscribe((news) => news.kind === "joined" && listener(news.identity)),
  };
}

/** Words for the chat of an encrypted meeting among them. */
export function chatWire(room: MediaRoom): ChatWire {
  return {
    send: (payload, to) => room.send("chat", payload, to),
    people: () =>
      room.people().flatMap(({ me, identity, name, attributes }) => {
        return me ? [] : [{ identity, name: name || plainName(identity), keeps: attributes.keeps ?? "" }];
      }),
    setKeeps: (keeps) => room.setAttributes({ keeps }),
    onMessage: (listener) =>
      room.subscribe((news) => {
        if (news.kind === "data" && news.topic === "chat") listener(news.payload, news.from);
      }),
    onConnected: (listener) => room.subscribe((news) => news.kind === "connected" && listener(news.me)),
    onPeople: (listener) =>
      room.subscribe(({ kind }) => {
        if (kind === "joined" || kind === "left" || kind === "changed") listener();
      }),
  };
}

/** A reaction as it goes to the others. */
export function writeReaction(emoji: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ emoji }));
}

/** The reaction that somebody sent; null for nonsense. */
export function readReaction(payload: Uint8Array): string | null {
  try {
    const { emoji } = Object(JSON.parse(new TextDecoder().decode(payload))) as { emoji?: unknown };
    return isReaction(emoji) ? emoji : null;
  } catch {
    return null;
  }
}

/** A sign, not a text. */
export function isReaction(emoji: unknown): emoji is string {
  return typeof emoji === "string" && emoji.trim().length > 0 && emoji.length <= 16;
}

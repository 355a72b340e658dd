import type { MediaRoom } from "./media";
import type { KeyWire } from "./types";

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

import type { MessageHit } from "../api/search";
import type { Hit } from "../people/search";

/** A row under the search of the top bar: whom one calls, the way to all messages, and the latest of them. */
export type BarHit =
  | Hit
  | { key: string; kind: "messages"; words: string }
  | { key: string; kind: "message"; message: MessageHit };

/** Shorter words are not looked for in messages. */
const SHORTEST = 3;

/** People first: a name or a number and Enter is a call. */
export function withMessages(
  text: string,
  people: readonly Hit[],
  messages: { asked: string; hits: readonly MessageHit[] },
): readonly BarHit[] {
  if (text.length < SHORTEST) return people;
  const found = messages.asked === text ? messages.hits : [];
  return [
    ...people,
    { key: "messages", kind: "messages", words: text },
    ...found.map((message) => ({ key: message.event_id, kind: "message" as const, message })),
  ];
}

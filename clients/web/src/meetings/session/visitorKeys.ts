import { hear, isVisitor, say } from "./keyTalk";
import { decode, mediaKey, secretName, unseal } from "./sealed";
import type { DeliverKey, Encryption, KeyWire } from "./types";

/**
 * The keys of somebody who has nothing but a link: their own and other visitors' are made of the link's secret, those of
 * members come sealed with it.
 */
export class VisitorKeys implements Encryption {
  constructor(private readonly secret: string) {}

  start(deliver: DeliverKey, wire: KeyWire): () => void {
    const own = (identity: string): void => {
      if (isVisitor(identity)) void mediaKey(this.secret, identity).then((key) => deliver(identity, key, 0));
    };
    const ask = (): void => void secretName(this.secret).then((name) => say(wire, { kind: "ask", name }));
    const ends = [
      wire.onConnected((me) => {
        for (const identity of [me, ...wire.identities()]) own(identity);
        ask();
      }),
      wire.onJoined(own),
      wire.onMessage((payload, from) => void this.onWord(payload, from, deliver)),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  private async onWord(payload: Uint8Array, from: string, deliver: DeliverKey): Promise<void> {
    const word = hear(payload);
    if (word?.kind !== "key" || word.name !== (await secretName(this.secret))) return;
    const key = readKey(await unseal(this.secret, `key ${from}`, word.box));
    if (key) deliver(from, key.key, key.index);
  }
}

/** A key out of its box. */
export function readKey(content: unknown): { key: Uint8Array<ArrayBuffer>; index: number } | null {
  const { key, index } = Object(content) as { key?: unknown; index?: unknown };
  if (typeof key !== "string" || !Number.isInteger(index)) return null;
  try {
    return { key: decode(key), index: index as number };
  } catch {
    return null;
  }
}

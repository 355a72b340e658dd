import { createStore } from "../../state/store";
import { fits, isGuest, maySay, takesPart, type Word } from "./chatTalk";
import { Ears, purposeOf } from "./ears";
import { isVisitor } from "./keyTalk";
import { encode, sealBytes } from "./sealed";
import type { ChatLine, ChatWire, MeetingChat, SealedChat } from "./types";

/** As many lines as a page keeps. */
const KEPT = 500;

/**
 * The chat of an encrypted meeting for who has nothing but a link: what is said while they are inside, sealed with the
 * link's secret. A member's browser writes a guest's words into the room.
 */
export class LinkChat implements MeetingChat, SealedChat {
  readonly messages = createStore<readonly ChatLine[]>([]);
  private here: { wire: ChatWire; me: string } | null = null;
  private said: readonly number[] = [];
  private readonly ears: Ears;

  /** @param now - ms since the epoch */
  constructor(
    private readonly secret: string,
    private readonly name: string,
    private readonly now: () => number = Date.now,
  ) {
    this.ears = new Ears(now);
  }

  start(wire: ChatWire): () => void {
    const ends = [
      wire.onConnected((me) => {
        this.here = { wire, me };
      }),
      wire.onMessage((payload, from) => void this.onPacket(wire, payload, from)),
    ];
    return () => {
      for (const end of ends) end();
      this.here = null;
    };
  }

  /** Throws when nobody is there who could pass it on, or when it is too much. */
  async send(body: string): Promise<void> {
    const word = { id: encode(crypto.getRandomValues(new Uint8Array(12))), body };
    const to =
      this.here?.wire
        .people()
        .map(({ identity }) => identity)
        .filter(takesPart) ?? [];
    const said = maySay(this.said, this.now());
    if (!this.here || to.every(isVisitor)) throw new Error("no member is there");
    if (!said || !fits(word)) throw new Error("too much");
    const { wire, me } = this.here;
    await wire.send(await sealBytes(this.secret, purposeOf(me), word), to);
    this.said = said;
    this.put(me, this.name, word, true, this.now());
  }

  private async onPacket(wire: ChatWire, payload: Uint8Array, from: string): Promise<void> {
    const [at, person] = [this.now(), wire.people().find(({ identity }) => identity === from)];
    if (!person || !takesPart(from)) return;
    const heard = await this.ears.hear(payload, from, [this.secret]);
    if (heard) this.put(from, person.name, heard.word, false, at);
  }

  private put(from: string, name: string, { id, body }: Word, mine: boolean, sentAt: number): void {
    const key = `${from} ${id}`;
    this.messages.update((before) => {
      const known = before.find((line) => line.id === key);
      // Only members edit.
      if (known && isGuest(from)) return before;
      const line = known
        ? { ...known, body }
        : { id: key, sender: { userId: from, name }, body, sentAt, mine };
      const others = before.filter((each) => each !== known);
      return [...others, line].toSorted((a, b) => a.sentAt - b.sentAt).slice(-KEPT);
    });
  }
}

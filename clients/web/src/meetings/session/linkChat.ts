import { createStore, type Store } from "../../state/store";
import { fits, maySay, NotSaid, takesPart } from "./chatTalk";
import { Ears, purposeOf } from "./ears";
import { isVisitor } from "./keyTalk";
import { type Heard, withHeard } from "./lines";
import { encode, sealBytes } from "./sealed";
import type { ChatLine, ChatWire, MeetingChat, SealedChat } from "./types";

/** As many lines are there again when the page is loaded anew. */
const REMEMBERED = 50;

/** Where the lines outlive the page. */
export interface LineMemory {
  read(): readonly ChatLine[];
  write(lines: readonly ChatLine[]): void;
}

/**
 * The chat of an encrypted meeting for who has nothing but a link: what is said while they are inside, sealed with the
 * link's secret. A member's browser writes a guest's words into the room.
 */
export class LinkChat implements MeetingChat, SealedChat {
  readonly messages: Store<readonly ChatLine[]>;
  private here: { wire: ChatWire; me: string } | null = null;
  private said: readonly number[] = [];
  private readonly ears: Ears;

  /** @param now - ms since the epoch */
  constructor(
    private readonly secret: string,
    private readonly name: string,
    private readonly memory: LineMemory | null = null,
    private readonly now: () => number = Date.now,
  ) {
    this.messages = createStore(memory?.read() ?? []);
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

  /** Throws `NotSaid`, or what the connection throws. */
  async send(body: string): Promise<void> {
    const word = { id: encode(crypto.getRandomValues(new Uint8Array(12))), body };
    const people = this.here?.wire.people() ?? [];
    const to = people.map(({ identity }) => identity).filter(takesPart);
    const said = maySay(this.here?.me ?? "", this.said, this.now());
    if (!this.here || to.every(isVisitor)) throw new NotSaid("alone");
    if (!said || !fits(word)) throw new NotSaid("too_much");
    const { wire, me } = this.here;
    await wire.send(await sealBytes(this.secret, purposeOf(me), word), to);
    this.said = said;
    this.put({ from: me, name: this.name, word, mine: true, at: this.now() });
  }

  private async onPacket(wire: ChatWire, payload: Uint8Array, from: string): Promise<void> {
    const [at, person] = [this.now(), wire.people().find(({ identity }) => identity === from)];
    if (!person || !takesPart(from)) return;
    const heard = await this.ears.hear(payload, from, [this.secret]);
    if (heard) this.put({ from, name: person.name, word: heard.word, mine: false, at });
  }

  private put(heard: Heard): void {
    this.messages.update((before) => withHeard(before, heard));
    this.memory?.write(this.messages.get().slice(-REMEMBERED));
  }
}

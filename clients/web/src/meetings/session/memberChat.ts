import { createStore } from "../../state/store";
import { cut, isGuest, keeperOf, type Word } from "./chatTalk";
import { Ears, purposeOf } from "./ears";
import { sealBytes, secretName } from "./sealed";
import type { ChatWire, SealedChat } from "./types";

/** What a guest said; `identity` and `name` are the SFU's. */
export interface GuestWord extends Word {
  readonly identity: string;
  readonly name: string;
}

/** A guest's message by its names. */
export type GuestName = Pick<GuestWord, "identity" | "id">;

/** The room's own chat, as far as words to and from guests need it. */
export interface RoomWords {
  /** Writes down what a guest said. What cannot be sent now waits in the room, like anything that one writes. */
  write(word: GuestWord): Promise<void>;
  /** Whether it stands there already. */
  has(word: GuestWord): boolean;
  /** Tells what this browser wrote there itself, once it is sent; the answer ends it. */
  onOwn(listener: (word: Word) => void): () => void;
  /** Tells what else is written there from now on, and the words of which guest it is; the answer ends it. */
  onOther(listener: (word: Word & { by: string }, guest: GuestName | null) => void): () => void;
}

/** Guests' words that another member is to write down, at most. */
const WAITING_MOST = 50;

/**
 * A member's part in the chat with guests of an encrypted meeting: what is written here goes to the guests sealed with
 * the secrets of their links, and what they say is written into the room by one member, elected by `keeperOf`. Words
 * that another has to write are remembered until they stand there, and taken over when that member goes. The elected one
 * also passes on what is written elsewhere: with another client, from outside of the meeting, in another of its rooms.
 */
export class MemberChat implements SealedChat {
  readonly uncounted = createStore(0);
  private readonly waiting = new Map<string, { word: GuestWord; name: string }>();
  private readonly heard = new Set<string>();
  /** As announced on this connection, and the secrets of which it was made. */
  private keeps = "";
  private announced = "";
  private readonly ears: Ears;

  /**
   * @param secrets - of the links, as they are known by now
   * @param now - ms since the epoch
   */
  constructor(
    private readonly room: RoomWords,
    private readonly secrets: () => readonly string[],
    now: () => number = Date.now,
  ) {
    this.ears = new Ears(now);
  }

  start(wire: ChatWire): () => void {
    let me: string | null = null;
    const look = (): void => {
      if (me !== null) void this.announce(wire).then(() => me !== null && this.settle(wire, me));
    };
    const ends = [
      wire.onConnected((identity) => {
        me = identity;
        [this.keeps, this.announced] = ["", ""];
        look();
      }),
      wire.onPeople(look),
      wire.onMessage((payload, from) => {
        if (isGuest(from)) void this.onPacket(wire, payload, from).then(look);
      }),
      this.room.onOwn((word) => {
        if (me !== null) void this.tell(wire, me, this.secrets(), word);
      }),
      this.room.onOther((word, guest) => {
        if (me !== null) void this.passOn(wire, me, word, guest);
      }),
    ];
    return () => {
      for (const end of ends) end();
      me = null;
    };
  }

  /** Lets the others know whose guests one understands. */
  private async announce(wire: ChatWire): Promise<void> {
    const secrets = this.secrets();
    if (secrets.join(" ") === this.announced) return;
    this.announced = secrets.join(" ");
    this.keeps = (await Promise.all(secrets.map(secretName))).join(" ");
    // Who does not learn it writes the same words down as well, which readers see once.
    void wire.setKeeps(this.keeps).catch(() => undefined);
  }

  private async onPacket(wire: ChatWire, payload: Uint8Array, from: string): Promise<void> {
    const person = wire.people().find(({ identity }) => identity === from);
    const heard = person && (await this.ears.hear(payload, from, this.secrets()));
    if (!heard) return;
    const { id, body } = heard.word;
    const key = `${from} ${id}`;
    if (this.heard.has(key)) return;
    this.heard.add(key);
    const word = { id, body, identity: from, name: person.name };
    this.waiting.set(key, { word, name: await secretName(heard.secret) });
    for (const oldest of this.waiting.keys())
      if (this.waiting.size > WAITING_MOST) this.waiting.delete(oldest);
  }

  /** Writes down what is one's own to write by now. */
  private settle(wire: ChatWire, me: string): void {
    const people = [...wire.people(), { identity: me, keeps: this.keeps }];
    for (const [key, { word, name }] of this.waiting) {
      const there = this.room.has(word);
      if (!there && keeperOf(people, name) !== me) continue;
      this.waiting.delete(key);
      if (there) continue;
      this.uncounted.update((count) => count + 1);
      void this.room.write(word).catch(() => undefined);
    }
  }

  /** Says to the guests what is written in the room by who does not say it here; one member does. */
  private async passOn(wire: ChatWire, me: string, word: Word, guest: GuestName | null): Promise<void> {
    const people = [...wire.people(), { identity: me, keeps: this.keeps }];
    const known = guest !== null && this.heard.has(`${guest.identity} ${guest.id}`);
    if (known || people.some(({ identity }) => identity === guest?.identity)) return;
    const names = await Promise.all(this.secrets().map(secretName));
    const mine = this.secrets().filter((_, at) => keeperOf(people, names[at] ?? "") === me);
    await this.tell(wire, me, mine, word);
  }

  private async tell(wire: ChatWire, me: string, secrets: readonly string[], word: Word): Promise<void> {
    const identities = wire.people().map(({ identity }) => identity);
    const guests = identities.filter(isGuest);
    if (guests.length === 0) return;
    for (const secret of secrets)
      // Whoever does not get it is on the way out, or comes back without it.
      await wire.send(await sealBytes(secret, purposeOf(me), cut(word)), guests).catch(() => undefined);
  }
}

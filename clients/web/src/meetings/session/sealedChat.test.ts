import { beforeEach, expect, test, vi } from "vitest";
import type { Word } from "./chatTalk";
import { LinkChat } from "./linkChat";
import { MemberChat, type GuestName, type GuestWord, type RoomWords } from "./memberChat";
import { withHeard } from "./lines";
import { newSecret, seal, sealBytes } from "./sealed";
import type { ChatLine, ChatWire, SealedChat } from "./types";

type Hear = (payload: Uint8Array, from: string) => void;

interface Place {
  identity: string;
  name: string;
  keeps: string;
  hear: Set<Hear>;
  people: Set<() => void>;
  connected: Set<(me: string) => void>;
  end: () => void;
}

/** The SFU in memory: it passes packets on under their writers' identities. */
class Hall {
  private readonly places = new Map<string, Place>();
  readonly packets: Uint8Array[] = [];

  enter(identity: string, name: string, chat: SealedChat): void {
    const place: Place = {
      identity,
      name,
      keeps: "",
      hear: new Set(),
      people: new Set(),
      connected: new Set(),
      end: () => undefined,
    };
    place.end = chat.start(this.wireOf(place));
    this.places.set(identity, place);
    for (const each of place.connected) each(identity);
    this.changed();
  }

  leave(identity: string): void {
    this.places.get(identity)?.end();
    this.places.delete(identity);
    this.changed();
  }

  keeping(): string[] {
    const able = [...this.places.values()].filter(({ keeps }) => keeps !== "");
    return able.map(({ identity }) => identity).toSorted();
  }

  pass(from: string, payload: Uint8Array, to: readonly string[] = [...this.places.keys()]): void {
    this.packets.push(payload);
    for (const other of to)
      if (other !== from) for (const each of this.places.get(other)?.hear ?? []) each(payload, from);
  }

  private changed(): void {
    for (const { people } of this.places.values()) for (const each of people) each();
  }

  private wireOf(place: Place): ChatWire {
    return {
      send: async (payload, to) => this.pass(place.identity, payload, to),
      people: () => [...this.places.values()].filter((each) => each !== place),
      setKeeps: async (keeps) => {
        place.keeps = keeps;
        this.changed();
      },
      onMessage: (listener) => put(place.hear, listener),
      onConnected: (listener) => put(place.connected, listener),
      onPeople: (listener) => put(place.people, listener),
    };
  }
}

function put<T>(set: Set<T>, each: T): () => void {
  set.add(each);
  return () => set.delete(each);
}

type Other = Parameters<RoomWords["onOther"]>[0];

/** The meeting's room, as its members see it. */
class Room {
  readonly lines: { by: string; word: GuestWord }[] = [];
  private readonly others = new Map<string, Set<Other>>();

  /** Something comes from elsewhere, to whom it is not `from`. */
  tell(word: Word & { by: string }, guest: GuestName | null = null, from = ""): void {
    for (const [member, listeners] of this.others)
      if (member !== from) for (const each of listeners) each(word, guest);
  }

  /** As one member's client sees it; `broken`: it never gets a word into the room. */
  of(by: string, broken = false): RoomWords & { say(word: Word): void } {
    const listeners = new Set<(word: Word) => void>();
    const others = new Set<Other>();
    this.others.set(by, others);
    return {
      write: async (word) => {
        if (broken) throw new Error("offline");
        this.lines.push({ by, word });
        this.tell({ id: `$${this.lines.length}`, body: word.body, by: `${word.name} (guest)` }, word);
      },
      has: ({ identity, id }) => this.lines.some(({ word }) => word.identity === identity && word.id === id),
      onOwn: (listener) => put(listeners, listener),
      onOther: (listener) => put(others, listener),
      say: (word) => {
        for (const each of listeners) each(word);
        this.tell({ ...word, by: by.slice(1, by.indexOf(":")) }, null, by);
      },
    };
  }
}

const [ANNA, BRUNO] = ["@anna:x:A", "@bruno:x:B"];
const [CARLA, DARIO] = ["@_guest_1:x:GUEST", "@_guest_2:x:GUEST"];
let hall: Hall;
let room: Room;
let secret: string;
let now: number;

beforeEach(() => {
  [hall, room, secret, now] = [new Hall(), new Room(), newSecret(), 0];
});

const member = (identity: string, name: string, secrets: readonly string[] = [secret], broken = false) => {
  const words = room.of(identity, broken);
  const chat = new MemberChat(
    words,
    () => secrets,
    () => now,
  );
  hall.enter(identity, name, chat);
  return { words, chat };
};
const guest = (identity: string, name: string): LinkChat => {
  const chat = new LinkChat(secret, name, null, () => ++now);
  hall.enter(identity, name, chat);
  return chat;
};
const shown = (chat: LinkChat): string[] =>
  chat.messages
    .get()
    .map(
      ({ sender, through, body, mine }) =>
        `${mine ? "I" : sender.name}${through ? ` by ${through}` : ""}: ${body}`,
    );
const written = (): string[] => room.lines.map(({ by, word }) => `${by} for ${word.name}: ${word.body}`);
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 4_000 });
/** Each of these members knows what the others keep. */
const settled = (...members: string[]): Promise<void> =>
  until(() => expect(hall.keeping()).toEqual(members.toSorted()));

test("a guest's words are written into the room once, and other guests read them", async () => {
  const [bruno, anna] = [member(BRUNO, "Bruno"), member(ANNA, "Anna")];
  const [carla, dario] = [guest(CARLA, "Carla"), guest(DARIO, "Dario")];
  await settled(ANNA, BRUNO);
  await carla.send("good morning");
  await carla.send("is it on?");
  await until(() =>
    expect(written()).toEqual([`${ANNA} for Carla: good morning`, `${ANNA} for Carla: is it on?`]),
  );
  await until(() => expect(shown(dario)).toEqual(["Carla: good morning", "Carla: is it on?"]));
  expect(shown(carla)).toEqual(["I: good morning", "I: is it on?"]);
  expect(room.lines[0]?.word.identity).toBe(CARLA);
  expect([anna.chat.uncounted.get(), bruno.chat.uncounted.get()]).toEqual([2, 0]);
});

test("what a member writes is read by the guests, and mended when it is edited", async () => {
  const { words } = member(ANNA, "Anna");
  words.say({ id: "$0", body: "before anybody came" });
  const carla = guest(CARLA, "Carla");
  words.say({ id: "$1", body: "welcom" });
  await until(() => expect(shown(carla)).toEqual(["Anna: welcom"]));
  words.say({ id: "$1", body: "welcome" });
  await until(() => expect(shown(carla)).toEqual(["Anna: welcome"]));
  words.say({ id: "$2", body: "x".repeat(20_000) });
  await until(() => expect(carla.messages.get().at(-1)?.body).toHaveLength(4_000));
});

test("what is written elsewhere is passed on by one member, and what was said here is not", async () => {
  const anna = member(ANNA, "Anna");
  const bruno = member(BRUNO, "Bruno");
  const carla = guest(CARLA, "Carla");
  await settled(ANNA, BRUNO);
  room.tell({ id: "$e", body: "from Element", by: "Chiara" });
  await until(() => expect(shown(carla)).toEqual(["Chiara by Anna: from Element"]));
  await carla.send("thank you");
  await until(() => expect(written()).toHaveLength(1));
  const elsewhere = { id: "9", identity: DARIO };
  room.tell({ id: "$9", body: "from a breakout", by: "Dario (guest)" }, elsewhere);
  await until(() => expect(shown(carla).at(-1)).toBe("Dario (guest) by Anna: from a breakout"));
  bruno.words.say({ id: "$1", body: "mine" });
  await until(() => expect(shown(carla).at(-1)).toBe("Bruno: mine"));
  anna.words.say({ id: "$2", body: "the last" });
  await until(() => expect(shown(carla).at(-1)).toBe("Anna: the last"));
  expect(shown(carla)).toHaveLength(5);
});

test("a member's own word takes the place of the same word passed on, whichever comes first", () => {
  const heard = (from: string, name: string, body: string, by?: string) => ({
    from,
    name,
    word: { id: "$1", body, ...(by === undefined ? {} : { by }) },
    mine: false,
    at: ++now,
  });
  const [own, passed] = [heard(BRUNO, "Bruno", "hi"), heard(ANNA, "Anna", "hi", "Bruno")];
  for (const order of [
    [own, passed],
    [passed, own],
  ]) {
    const lines = order.reduce<readonly ChatLine[]>(withHeard, []);
    expect(lines).toEqual([
      expect.objectContaining({ sender: { userId: BRUNO, name: "Bruno" }, body: "hi" }),
    ]);
    expect(lines[0]).not.toHaveProperty("through");
  }
  const mended = [passed, heard(ANNA, "Anna", "hi all", "Bruno")].reduce<readonly ChatLine[]>(withHeard, []);
  expect(mended.map(({ body }) => body)).toEqual(["hi all"]);
});

test("a guest passes nothing on", async () => {
  const { words } = member(ANNA, "Anna");
  const carla = guest(CARLA, "Carla");
  hall.enter(DARIO, "Dario", { start: () => () => undefined });
  const word = { id: "1", body: "I agree", by: "Anna" };
  hall.pass(DARIO, await sealBytes(secret, `chat ${DARIO}`, word));
  words.say({ id: "$1", body: "I do not" });
  await until(() => expect(shown(carla)).toEqual(["Anna: I do not"]));
});

test("a page that is loaded again shows what was said before", async () => {
  let kept: readonly ChatLine[] = [];
  const memory = { read: () => kept, write: (lines: readonly ChatLine[]) => void (kept = lines) };
  member(ANNA, "Anna");
  const before = new LinkChat(secret, "Carla", memory, () => ++now);
  hall.enter(CARLA, "Carla", before);
  for (let each = 0; each < 3; each += 1) await before.send(`message ${each}`);
  expect(shown(new LinkChat(secret, "Carla", memory))).toEqual(shown(before));
});

test("no packet shows a word", async () => {
  const { words } = member(ANNA, "Anna");
  const carla = guest(CARLA, "Carla");
  await carla.send("the offer is 40,000");
  words.say({ id: "$its-long-id", body: "the answer is no" });
  await until(() => expect(shown(carla)).toHaveLength(2));
  const wire = hall.packets.map((packet) => new TextDecoder().decode(packet)).join();
  expect(hall.packets).not.toEqual([]);
  // Long enough that sealed bytes, which are random, do not hold one by chance.
  expect(wire).not.toMatch(/the offer|the answer|its-long-id/);
});

test("what is forged, broken, too much or another's is not heard", async () => {
  const { words } = member(ANNA, "Anna");
  const [carla, dario] = [guest(CARLA, "Carla"), guest(DARIO, "Dario")];
  const word = { id: "1", body: "pay to this account" };
  const asAnna = await sealBytes(secret, `chat ${ANNA}`, word);
  hall.pass(DARIO, asAnna);
  hall.pass(DARIO, await sealBytes(newSecret(), `chat ${DARIO}`, word));
  hall.pass(DARIO, await sealBytes(secret, `chat ${DARIO}`, { ...word, body: ["x"] }));
  hall.pass(DARIO, new TextEncoder().encode(await seal(secret, `chat ${DARIO}`, word)));
  hall.pass(DARIO, new Uint8Array(20_000));
  hall.pass("@_tel_1:x:1", await sealBytes(secret, "chat @_tel_1:x:1", word));
  hall.pass("@nobody:x:N", await sealBytes(secret, "chat @nobody:x:N", word));
  words.say({ id: "$1", body: "the last word" });
  await until(() => expect(shown(carla)).toEqual(["Anna: the last word"]));
  await until(() => expect(shown(dario)).toEqual(["Anna: the last word"]));
  expect(written()).toEqual([]);
});

test("a guest's word counts once, whatever comes under its name again", async () => {
  member(ANNA, "Anna");
  const carla = guest(CARLA, "Carla");
  hall.enter(DARIO, "Dario", { start: () => () => undefined });
  await settled(ANNA);
  for (const body of ["first", "second"])
    hall.pass(DARIO, await sealBytes(secret, `chat ${DARIO}`, { id: "1", body }));
  await carla.send("and I");
  await until(() => expect(written()).toEqual([`${ANNA} for Dario: first`, `${ANNA} for Carla: and I`]));
  expect(shown(carla)).toEqual(["Dario: first", "I: and I"]);
});

test("whoever has another link's secret, or none, does not write; who has it does", async () => {
  member(ANNA, "Anna", [newSecret()]);
  member(BRUNO, "Bruno", [newSecret(), secret]);
  const carla = guest(CARLA, "Carla");
  await settled(ANNA, BRUNO);
  await carla.send("hello");
  await until(() => expect(written()).toEqual([`${BRUNO} for Carla: hello`]));
});

test("when the member goes who had to write, another one does", async () => {
  member(ANNA, "Anna", [secret], true);
  member(BRUNO, "Bruno");
  const carla = guest(CARLA, "Carla");
  await settled(ANNA, BRUNO);
  await carla.send("hello");
  expect(shown(carla)).toEqual(["I: hello"]);
  expect(written()).toEqual([]);
  hall.leave(ANNA);
  await until(() => expect(written()).toEqual([`${BRUNO} for Carla: hello`]));
});

test("what stands in the room is not written again when members change", async () => {
  member(ANNA, "Anna");
  const bruno = member(BRUNO, "Bruno");
  const carla = guest(CARLA, "Carla");
  await settled(ANNA, BRUNO);
  await carla.send("hello");
  await until(() => expect(written()).toEqual([`${ANNA} for Carla: hello`]));
  hall.leave(ANNA);
  await carla.send("still there?");
  await until(() => expect(bruno.chat.uncounted.get()).toBe(1));
  expect(written()).toEqual([`${ANNA} for Carla: hello`, `${BRUNO} for Carla: still there?`]);
});

test("a guest is told when nobody hears, and when it is too much", async () => {
  const alone = new LinkChat(secret, "Carla", null, () => ++now);
  await expect(alone.send("hello?")).rejects.toThrow("alone");
  hall.enter(CARLA, "Carla", alone);
  guest(DARIO, "Dario");
  await expect(alone.send("hello?")).rejects.toThrow("alone");
  member(ANNA, "Anna");
  await expect(alone.send("\u0001".repeat(4_000))).rejects.toThrow("too_much");
  for (let each = 0; each < 20; each += 1) await alone.send(`message ${each}`);
  await expect(alone.send("one more")).rejects.toThrow("too_much");
  expect(alone.messages.get()).toHaveLength(20);
  hall.leave(CARLA);
  await expect(alone.send("from outside")).rejects.toThrow("alone");
});

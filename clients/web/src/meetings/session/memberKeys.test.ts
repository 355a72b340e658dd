import { expect, test, vi } from "vitest";
import { isSecret } from "./encryptable";
import { MemberKeys, type SecretStore } from "./memberKeys";
import { decode, encode, mediaKey, newSecret, seal, unseal } from "./sealed";
import type { Encryption, KeyWire } from "./types";
import { VisitorKeys } from "./visitorKeys";

type Key = Uint8Array<ArrayBuffer>;

/** A room in memory that carries words, and tells who comes. */
class Hall {
  private readonly people = new Map<string, { hear: Set<Hear>; joined: Set<(who: string) => void> }>();
  readonly words: string[] = [];

  enter(identity: string, encryption: Encryption): Map<string, string> {
    const mine = { hear: new Set<Hear>(), joined: new Set<(who: string) => void>() };
    const keys = new Map<string, string>();
    const connected = new Set<(me: string) => void>();
    const wire: KeyWire = {
      send: async (payload, to) => {
        this.words.push(new TextDecoder().decode(payload));
        for (const [other, { hear }] of this.people) {
          if (other !== identity && (to?.includes(other) ?? true))
            for (const each of hear) each(payload, identity);
        }
      },
      onMessage: (listener) => put(mine.hear, listener),
      onConnected: (listener) => put(connected, listener),
      onJoined: (listener) => put(mine.joined, listener),
      identities: () => [...this.people.keys()].filter((other) => other !== identity),
    };
    encryption.start((who, key) => keys.set(who, encode(key)), wire);
    for (const { joined } of this.people.values()) for (const each of joined) each(identity);
    this.people.set(identity, mine);
    for (const each of connected) each(identity);
    return keys;
  }
}

type Hear = (payload: Uint8Array, from: string) => void;

function put<T>(set: Set<T>, each: T): () => void {
  set.add(each);
  return () => set.delete(each);
}

/** MatrixRTC in memory: every member gets every member's key. */
class Exchange {
  private readonly keys = new Map<string, Key>();
  private readonly listeners = new Set<(identity: string, key: Key, index: number) => void>();
  readonly source = (deliver: (identity: string, key: Key, index: number) => void) => {
    for (const [identity, key] of this.keys) deliver(identity, key, 0);
    return put(this.listeners, deliver);
  };
  publish(identity: string): string {
    const key = crypto.getRandomValues(new Uint8Array(16));
    this.keys.set(identity, key);
    for (const each of this.listeners) each(identity, key, 0);
    return encode(key);
  }
}

function store(): SecretStore {
  const known: string[] = [];
  return { read: () => known, add: (secret) => void known.push(secret) };
}

const [ANNA, BRUNO] = ["@anna:x:A", "@bruno:x:B"];
const GUEST = "@_guest_1:x:GUEST";

test("guest and members hear each other, and no word on the wire shows a key", async () => {
  const [hall, exchange] = [new Hall(), new Exchange()];
  const anna = new MemberKeys(exchange.source, store());
  const annas = hall.enter(ANNA, anna);
  const annaKey = exchange.publish(ANNA);
  const secret = anna.linkSecret();
  expect(anna.linkSecret()).toBe(secret);
  const known = store();
  const bruno = new MemberKeys(exchange.source, known);
  const brunos = hall.enter(BRUNO, bruno);
  const brunoKey = exchange.publish(BRUNO);
  await vi.waitFor(() => expect(known.read()).toEqual([secret]));

  const guests = hall.enter(GUEST, new VisitorKeys(secret));
  const guestKey = encode(await mediaKey(secret, GUEST));
  await vi.waitFor(() => {
    expect(guests).toEqual(
      new Map([
        [GUEST, guestKey],
        [ANNA, annaKey],
        [BRUNO, brunoKey],
      ]),
    );
    expect(annas.get(GUEST)).toBe(guestKey);
    expect(brunos.get(GUEST)).toBe(guestKey);
  });
  const wire = hall.words.join("\n");
  for (const key of [secret, annaKey, brunoKey, guestKey]) expect(wire).not.toContain(key);
});

test("a key that changes reaches the guests who are there", async () => {
  const [hall, exchange] = [new Hall(), new Exchange()];
  const anna = new MemberKeys(exchange.source, store());
  hall.enter(ANNA, anna);
  exchange.publish(ANNA);
  const guests = hall.enter(GUEST, new VisitorKeys(anna.linkSecret()));
  const next = exchange.publish(ANNA);
  await vi.waitFor(() => expect(guests.get(ANNA)).toBe(next));
});

test("a guest with another secret learns nothing", async () => {
  const [hall, exchange] = [new Hall(), new Exchange()];
  const anna = new MemberKeys(exchange.source, store());
  hall.enter(ANNA, anna);
  exchange.publish(ANNA);
  anna.linkSecret();
  const guests = hall.enter(GUEST, new VisitorKeys(newSecret()));
  await vi.waitFor(() => expect(hall.words.some((word) => word.includes('"ask"'))).toBe(true));
  await vi.waitFor(() => expect(guests.has(GUEST)).toBe(true));
  expect(guests.has(ANNA)).toBe(false);
});

test.each([
  [null, false],
  ["", false],
  ["short", false],
  ["no base64 at all!", false],
  [newSecret(), true],
])("the end %j of a link is a secret: %s", (words, is) => {
  expect(isSecret(words)).toBe(is);
});

test("a box opens with its secret and for its purpose only", async () => {
  const secret = newSecret();
  const box = await seal(secret, "key a", { index: 1 });
  expect(await unseal(secret, "key a", box)).toEqual({ index: 1 });
  expect(await unseal(secret, "key b", box)).toBeNull();
  expect(await unseal(newSecret(), "key a", box)).toBeNull();
  expect(await unseal(secret, "key a", `${box.slice(0, -2)}xx`)).toBeNull();
  expect(await unseal(secret, "key a", "no box")).toBeNull();
});

test("the media key of a visitor is HKDF's, so that a bridge in another language makes the same", async () => {
  const key = await mediaKey(encode(new Uint8Array(32)), "@_guest_1:x:GUEST");
  expect(key).toHaveLength(16);
  expect(decode(encode(key))).toEqual(key);
});

import { isSecret } from "./encryptable";
import { hear, isVisitor, say } from "./keyTalk";
import { encode, mediaKey, newSecret, seal, secretName, unseal } from "./sealed";
import type { DeliverKey, Encryption, KeyWire } from "./types";

/** Where members' keys come from; the answer ends it. */
export type KeySource = (deliver: DeliverKey) => () => void;

/** The secrets of a meeting's links that this device knows, kept for the next time. */
export interface SecretStore {
  read(): readonly string[];
  add(secret: string): void;
}

/**
 * A member's keys. Those of other members come from `source`; visitors' are made of the secret of the link by which
 * they came. The own key is handed to visitors sealed with that secret; the secret goes on to other members sealed with
 * each one's own media key, which members alone and those who know the secret already have.
 */
export class MemberKeys implements Encryption {
  private readonly keys = new Map<string, { key: Uint8Array<ArrayBuffer>; index: number }>();
  /** Those of before, too: a word may have been sealed with one. */
  private readonly own: string[] = [];
  private wire: KeyWire | null = null;
  private me: string | null = null;
  private deliver: DeliverKey | null = null;

  constructor(
    private readonly source: KeySource,
    private readonly secrets: SecretStore,
  ) {}

  start(deliver: DeliverKey, wire: KeyWire): () => void {
    [this.wire, this.deliver] = [wire, deliver];
    const ends = [
      wire.onConnected((me) => {
        this.me = me;
        const known = this.keys.get(me);
        if (known) this.own.unshift(encode(known.key));
        for (const identity of wire.identities()) void this.onThere(identity);
        void this.handOn(wire.identities().filter(isVisitor));
      }),
      wire.onJoined((identity) => void this.onThere(identity)),
      wire.onMessage((payload, from) => void this.onWord(payload, from)),
      this.source((identity, key, index) => this.onKey(identity, key, index)),
    ];
    return () => {
      for (const end of ends) end();
      [this.wire, this.me, this.deliver] = [null, null, null];
    };
  }

  /** The secret for a new link; the others here learn it, so that any of them can let its guests hear. */
  linkSecret(): string {
    const [known] = this.secrets.read();
    if (known) return known;
    const secret = newSecret();
    this.secrets.add(secret);
    for (const identity of this.wire?.identities() ?? []) void this.onThere(identity);
    return secret;
  }

  private onKey(identity: string, key: Uint8Array<ArrayBuffer>, index: number): void {
    const first = !this.keys.has(identity);
    this.keys.set(identity, { key, index });
    this.deliver?.(identity, key, index);
    if (identity === this.me) this.own.unshift(encode(key));
    if (identity === this.me) void this.handOn(this.wire?.identities().filter(isVisitor) ?? []);
    else if (first) void this.onThere(identity);
  }

  /** Visitors are heard, members are told the secrets. */
  private async onThere(identity: string): Promise<void> {
    if (isVisitor(identity)) {
      for (const secret of this.secrets.read()) this.deliver?.(identity, await mediaKey(secret, identity), 0);
      return;
    }
    const known = this.keys.get(identity);
    if (!known || !this.wire) return;
    for (const secret of this.secrets.read()) {
      const box = await seal(encode(known.key), "secret", secret);
      say(this.wire, { kind: "secret", box }, [identity]);
    }
  }

  /** Gives visitors the own key. */
  private async handOn(visitors: readonly string[]): Promise<void> {
    const own = this.me === null ? undefined : this.keys.get(this.me);
    if (!own || visitors.length === 0) return;
    for (const secret of this.secrets.read()) {
      const content = { key: encode(own.key), index: own.index };
      const box = await seal(secret, `key ${this.me}`, content);
      if (this.wire) say(this.wire, { kind: "key", name: await secretName(secret), box }, visitors);
    }
  }

  private async onWord(payload: Uint8Array, from: string): Promise<void> {
    const word = hear(payload);
    if (word?.kind === "secret") await this.onSecret(word.box);
    if (word?.kind !== "ask") return;
    for (const secret of this.secrets.read()) {
      if ((await secretName(secret)) !== word.name) continue;
      this.deliver?.(from, await mediaKey(secret, from), 0);
      await this.handOn([from]);
    }
  }

  private async onSecret(box: string): Promise<void> {
    const opened = await Promise.all(this.own.map((key) => unseal(key, "secret", box)));
    const secret = opened.find((each) => typeof each === "string");
    if (typeof secret !== "string" || !isSecret(secret) || this.secrets.read().includes(secret)) return;
    this.secrets.add(secret);
    const visitors = this.wire?.identities().filter(isVisitor) ?? [];
    for (const identity of visitors) await this.onThere(identity);
    await this.handOn(visitors);
  }
}

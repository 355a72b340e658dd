import { createStore, type Store } from "../../state/store";
import type { MediaNews, MediaRoom, OpenMedia } from "./media";
import { isLive, nextPhase, type MeetingSignal } from "./phase";
import { firstSnapshot, readPeople } from "./snapshot";
import { deviceTrouble, troubleOf } from "./trouble";
import type {
  DeviceKind,
  EffectChoice,
  JoinChoices,
  KeyWire,
  MeetingDoor,
  MeetingSnapshot,
  ParticipantSnapshot,
  Trouble,
} from "./types";

/** How long, in ms, after each try to be back; the last one repeats until patience ends. */
const AGAIN_MS = [0, 500, 1_000, 2_000, 4_000];
const PATIENCE_MS = 120_000;
/** How long a reaction floats, in ms. */
const REACTION_MS = 4_000;

type Device = "microphone" | "camera" | "screen";

/** Clock and timer, so that tests need none. */
export interface Clock {
  now(): number;
  wait(ms: number): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
};

/**
 * One's own part in one meeting, from the way in to the way out, through lost connections. All that is shown stands in
 * `store`; commands show their effect there at once and take it back when it fails. None of them throws.
 */
export class MeetingSession {
  readonly store: Store<MeetingSnapshot>;
  private room: MediaRoom | null = null;
  private unfollow: (() => void) | null = null;
  private endKeys: (() => void) | null = null;
  private entered = false;
  /** The devices are as the person wished: from now on, what the SFU tells of them counts. */
  private published = false;
  private readonly pending = new Set<Device>();
  private comingBack = false;
  private lostAgain = false;
  private scheduled = false;
  private reactionId = 0;

  constructor(
    readonly door: MeetingDoor,
    private readonly choices: JoinChoices,
    private readonly open: OpenMedia,
    private readonly clock: Clock = realClock,
  ) {
    this.store = createStore(firstSnapshot(door, choices));
  }

  /** Goes in. Ends when one is inside, or with the phase "failed" and the trouble in words. */
  async join(): Promise<void> {
    try {
      await this.enter();
    } catch (error) {
      await this.finish("refused", troubleOf(error));
    }
  }

  /** Goes out, whatever is going on. */
  async leave(): Promise<void> {
    await this.finish("leave", null);
  }

  async setMicrophone(on: boolean): Promise<void> {
    await this.device("microphone", on);
  }

  async setCamera(on: boolean): Promise<void> {
    await this.device("camera", on);
  }

  async setScreen(on: boolean): Promise<void> {
    await this.device("screen", on);
  }

  async setDevice(kind: DeviceKind, id: string | null): Promise<void> {
    const before = this.state.devices;
    this.patch({ devices: { ...before, [kind]: id } });
    await this.attempt(
      this.room?.setDevice(kind, id),
      (error) => (kind === "speaker" ? null : deviceTrouble(kind, error)),
      { devices: before },
    );
  }

  async setEffect(effect: EffectChoice): Promise<void> {
    const before = this.state.effect;
    this.patch({ effect });
    await this.attempt(this.room?.setEffect(effect), () => "failed", { effect: before });
  }

  async setHand(up: boolean): Promise<void> {
    const hand = up ? this.clock.now() : null;
    this.patch({ hand });
    await this.attempt(
      this.room?.setAttributes({ hand: hand === null ? "" : String(hand) }),
      () => "failed",
      {
        hand: null,
      },
    );
  }

  async react(emoji: string): Promise<void> {
    const me = this.state.participants.find((each) => each.me);
    if (me) this.showReaction(me.identity, emoji);
    await this.attempt(this.room?.send("reaction", encode({ emoji })), () => null, {});
  }

  /** A telephone call takes the ear and the microphone; afterwards the microphone stays off until it is asked for. */
  setOnHold(onHold: boolean): void {
    if (onHold === this.state.onHold) return;
    this.patch({ onHold });
    this.room?.setHushed(onHold);
    if (onHold && this.state.microphone) void this.setMicrophone(false);
  }

  async startAudio(): Promise<void> {
    await this.attempt(this.room?.startAudio(), () => null, {});
  }

  forgetTrouble(): void {
    this.patch({ trouble: null });
  }

  private get state(): MeetingSnapshot {
    return this.store.get();
  }

  private patch(change: Partial<MeetingSnapshot>): void {
    this.store.update((state) => ({ ...state, ...change }));
  }

  /** Takes the phase that the signal leads to; tells whether the meeting is still going on. */
  private signal(signal: MeetingSignal, change: Partial<MeetingSnapshot> = {}): boolean {
    const phase = nextPhase(this.state.phase, signal);
    if (phase !== this.state.phase || Object.keys(change).length > 0) this.patch({ ...change, phase });
    return isLive(phase);
  }

  /** One way in: ticket, connection, keys, devices. */
  private async enter(): Promise<void> {
    const [ticket, room] = await Promise.all([this.door.ticket(), this.open(this.choices)]);
    if (!isLive(this.state.phase)) return void (await room.close());
    this.room = room;
    this.unfollow = room.subscribe((news) => this.onNews(room, news));
    if (this.state.encrypted) this.startKeys(room);
    await room.connect(ticket);
    if (this.room !== room) return;
    room.setHushed(this.state.onHold);
    this.signal("connected", { joinedAt: this.state.joinedAt ?? this.clock.now() });
    this.refresh();
    await this.publish(room);
    if (this.room !== room || this.entered) return;
    this.entered = true;
    await this.door.entered();
  }

  /** Sends what is meant to be on: at the start, and again on a connection made anew. */
  private async publish(room: MediaRoom): Promise<void> {
    const { microphone, camera, hand } = this.state;
    if (hand !== null) await this.attempt(room.setAttributes({ hand: String(hand) }), () => null, {});
    if (microphone) await this.device("microphone", true);
    if (camera) await this.device("camera", true);
    this.published = true;
    // A shared screen cannot be taken up again without asking the person.
    if (this.state.screen) this.patch({ screen: false });
  }

  private async device(kind: Device, on: boolean): Promise<void> {
    const room = this.room;
    this.patch({ [kind]: on });
    if (!room) return;
    this.pending.add(kind);
    const command = { microphone: "setMicrophone", camera: "setCamera", screen: "setScreen" } as const;
    await this.attempt(room[command[kind]](on), (error) => deviceTrouble(kind, error), { [kind]: false });
    this.pending.delete(kind);
    this.refresh();
  }

  private async attempt(
    work: Promise<void> | undefined,
    trouble: (error: unknown) => Trouble | null,
    undo: Partial<MeetingSnapshot>,
  ): Promise<void> {
    try {
      await work;
    } catch (error) {
      const what = trouble(error);
      this.patch(what ? { ...undo, trouble: what } : undo);
    }
  }

  private onNews(room: MediaRoom, news: MediaNews): void {
    if (room !== this.room) return;
    switch (news.kind) {
      case "reconnecting":
        this.signal("interrupted");
        return;
      case "reconnected":
        this.signal("connected");
        return this.refresh();
      case "ended":
        return void this.onEnded(news.cause);
      case "silent":
        return this.patch({ silent: news.silent });
      case "undecipherable":
        return this.patch({ trouble: "encryption_failed" });
      case "data":
        return this.onData(news);
      default:
        this.refresh();
    }
  }

  private async onEnded(cause: "removed" | "replaced" | "ended" | "lost"): Promise<void> {
    if (cause === "lost" && this.state.phase !== "joining") return this.comeBack();
    await this.finish(cause, cause === "ended" ? "ended" : cause === "lost" ? "lost" : null);
  }

  /** Makes the connection anew with a new ticket until it stands, the door refuses or patience ends. */
  private async comeBack(): Promise<void> {
    this.lostAgain = true;
    if (this.comingBack) return;
    this.comingBack = true;
    const since = this.clock.now();
    for (let round = 0; this.lostAgain && this.signal("lost"); round += 1) {
      await this.dropRoom();
      await this.clock.wait(AGAIN_MS[Math.min(round, AGAIN_MS.length - 1)] ?? 0);
      const trouble = isLive(this.state.phase) ? await this.enterAgain() : null;
      const hopeless = trouble !== null && trouble !== "unreachable" && trouble !== "failed";
      if (hopeless || (trouble && this.clock.now() - since > PATIENCE_MS))
        await this.finish("refused", trouble);
    }
    this.comingBack = false;
  }

  /** One try; what kept it from standing, or null. */
  private async enterAgain(): Promise<Trouble | null> {
    this.lostAgain = false;
    try {
      await this.enter();
      return null;
    } catch (error) {
      this.lostAgain = true;
      return troubleOf(error);
    }
  }

  private async finish(signal: MeetingSignal, trouble: Trouble | null): Promise<void> {
    if (!isLive(this.state.phase)) return;
    this.signal(signal, { trouble, participants: [], screen: false });
    await Promise.all([this.dropRoom(), this.sayLeft()]);
  }

  private async sayLeft(): Promise<void> {
    // The others learn it from the SFU and from the membership that runs out, too.
    await this.door.left().catch(() => undefined);
  }

  private async dropRoom(): Promise<void> {
    const room = this.room;
    this.room = null;
    this.published = false;
    this.unfollow?.();
    this.unfollow = null;
    this.endKeys?.();
    this.endKeys = null;
    // It may be broken already: then there is nothing left to close.
    await room?.close().catch(() => undefined);
  }

  private startKeys(room: MediaRoom): void {
    const wire = keyWire(room);
    this.endKeys =
      this.door.encryption?.start((identity, key, index) => {
        void this.attempt(room.setKey(identity, key, index), () => "encryption_failed", {});
      }, wire) ?? null;
  }

  private onData({ topic, from, payload }: Extract<MediaNews, { kind: "data" }>): void {
    if (topic !== "reaction") return;
    const emoji = decode(payload)?.emoji;
    if (typeof emoji === "string" && emoji.length > 0 && emoji.length <= 16) this.showReaction(from, emoji);
  }

  private showReaction(identity: string, emoji: string): void {
    const name = this.state.participants.find((each) => each.identity === identity)?.name;
    if (name === undefined) return;
    const id = ++this.reactionId;
    const seen = { id, identity, name, emoji };
    this.patch({ reactions: [...this.state.reactions.slice(-19), seen] });
    void this.clock.wait(REACTION_MS).then(() => {
      this.patch({ reactions: this.state.reactions.filter((each) => each.id !== id) });
    });
  }

  /** Reads all people again, once for all the news of one turn. */
  private refresh(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.readAll();
    });
  }

  private readAll(): void {
    if (!this.room || !isLive(this.state.phase)) return;
    const participants = readPeople(
      this.room.people(),
      this.state.participants,
      this.door.who?.bind(this.door),
    );
    const me = participants.find((each) => each.me);
    if (!me) return;
    this.patch({ participants, ...this.readDevices(me) });
  }

  /** Others may turn one's microphone off, the browser the shared screen. */
  private readDevices(me: ParticipantSnapshot): Partial<MeetingSnapshot> {
    if (!this.published) return {};
    const read = { microphone: me.microphone, camera: me.cameraOn, screen: me.screenOn };
    const settled = (Object.keys(read) as Device[]).filter((device) => !this.pending.has(device));
    return Object.fromEntries(settled.map((device) => [device, read[device]]));
  }
}

function keyWire(room: MediaRoom): KeyWire {
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

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode(payload: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    return typeof value === "object" ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

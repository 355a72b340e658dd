import { createStore, type Store } from "../../state/store";
import { sentTo } from "../breakouts/places";
import { Carried, type Device, DEVICES } from "./carried";
import { type Clock, realClock } from "./clock";
import type { EndCause, MediaNews, MediaRoom, OpenMedia } from "./media";
import { isLive, nextPhase, type MeetingSignal } from "./phase";
import { alone, firstSnapshot, readPeople, readRecording } from "./snapshot";
import { deviceTrouble, troubleOf } from "./trouble";
import type {
  Arrangement,
  DeviceKind,
  EffectChoice,
  JoinChoices,
  MeetingDoor,
  MeetingSnapshot,
  ParticipantSnapshot,
  Trouble,
} from "./types";
import { chatWire, keyWire, readReaction, writeReaction } from "./wire";

/** How long, in ms, after each try to be back; then the last one, until patience ends. */
const AGAIN_MS = [0, 500, 1_000, 2_000];
const LAST_AGAIN_MS = 4_000;
const PATIENCE_MS = 120_000;
/** How long, in ms, one tries to get into another room before one stays in this one. */
const MOVE_PATIENCE_MS = 10_000;
/** How long a reaction floats, in ms. */
const REACTION_MS = 4_000;

/**
 * One's own part in one meeting, from the way in to the way out, through lost connections. All that is shown stands in
 * `store`; commands show their effect there at once and take it back when it fails. None of them throws.
 */
export class MeetingSession {
  readonly store: Store<MeetingSnapshot>;
  private room: MediaRoom | null = null;
  private unfollow: (() => void) | null = null;
  private endSealed: (() => void) | null = null;
  private endBreakouts: (() => void) | null = null;
  private endSigns: (() => void) | null = null;
  private entered = false;
  /** The room of the meeting that `room` belongs to. */
  private at: string | null | undefined = undefined;
  /** No connection stands, and none is on its way. */
  private lost = true;
  /** What the way out is called when no other room takes one. */
  private farewell: "refused" | "ended" | "removed" = "refused";
  /** The devices are as the person wished: from now on, what the SFU tells of them counts. */
  private published = false;
  private readonly pending = new Set<Device>();
  private readonly carried = new Carried();
  private reaching = false;
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
    await this.followBreakouts();
    await this.reach();
  }

  /**
   * Goes into a breakout room, or (null) the main one, with microphone, camera and hand as they are. Ends when one is
   * there, or stays where one was with the trouble in words.
   */
  async move(place: string | null): Promise<void> {
    if (place === this.state.place || !isLive(this.state.phase)) return;
    this.signal("moved", { place });
    await this.reach();
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
    if (kind !== "speaker") this.carried.drop(kind);
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
    this.signHand();
    const attributes = { hand: hand === null ? "" : String(hand) };
    await this.attempt(this.room?.setAttributes(attributes), () => "failed", { hand: null });
    this.signHand();
  }

  async react(emoji: string): Promise<void> {
    const me = this.state.participants.find((each) => each.me);
    if (me) this.showReaction(me.identity, emoji);
    if (this.state.place === null) this.door.signs?.react(emoji);
    await this.attempt(this.room?.send("reaction", writeReaction(emoji)), () => null, {});
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
    // A screen is for those to whom one began to show it: it does not come along into another room.
    if (signal === "moved") this.carried.drop("screen");
    if (phase !== this.state.phase || Object.keys(change).length > 0) this.patch({ ...change, phase });
    return isLive(phase);
  }

  /** Learns of the breakout rooms, as one may belong in one; a server that does not answer keeps nobody out. */
  private async followBreakouts(): Promise<void> {
    const follow = this.door.breakouts?.follow((arrangement) => this.onArrangement(arrangement));
    this.endBreakouts = follow ?? null;
    const mine = await this.readPlace();
    if (mine !== null) this.signal("moved", { place: mine });
  }

  private onArrangement(after: Arrangement): void {
    const before = this.state.breakouts;
    this.patch({ breakouts: after });
    const place = sentTo(before, after, this.state.place);
    if (place !== undefined) void this.move(place);
  }

  /** One way in: ticket, connection, keys, devices. Where one is now, one stays until there is a ticket. */
  private async enter(): Promise<void> {
    const { place, effect } = this.state;
    const opening = this.open(this.wishes(), this.carried);
    const [ticket, room] = await Promise.all([this.door.ticket(place), opening]);
    await (this.wants(place) ? this.dropRoom(this.keeps()) : undefined);
    if (!this.wants(place)) return void (await room.close());
    [this.room, this.at, this.lost] = [room, place, false];
    // Chosen while the way there was being opened.
    if (effect !== this.state.effect) void room.setEffect(this.state.effect);
    if (this.state.phase === "moving") this.patch({ participants: alone(this.state.participants) });
    this.unfollow = room.subscribe((news) => this.onNews(room, news));
    if (this.state.encrypted) this.startSealed(room);
    await room.connect(ticket);
    if (this.room !== room) return;
    room.setHushed(this.state.onHold);
    this.farewell = "refused";
    if (this.wants(place)) this.signal("connected", { joinedAt: this.state.joinedAt ?? this.clock.now() });
    this.refresh();
    await this.publish(room);
    this.signHand();
    if (this.room !== room || this.entered) return;
    this.entered = true;
    await this.door.entered();
    if (isLive(this.state.phase)) this.followSigns();
  }

  private wants(place: string | null): boolean {
    return isLive(this.state.phase) && this.state.place === place;
  }

  /** The choices as they are by now. */
  private wishes(): JoinChoices {
    const { effect, devices } = this.state;
    const { microphone: microphoneId, camera: cameraId, speaker: speakerId } = devices;
    return { ...this.choices, effect, microphoneId, cameraId, speakerId };
  }

  /** Sends what is meant to be on: at the start, and again on a connection made anew. */
  private async publish(room: MediaRoom): Promise<void> {
    const { hand } = this.state;
    if (hand !== null) await this.attempt(room.setAttributes({ hand: String(hand) }), () => null, {});
    for (const kind of DEVICES) {
      if (this.room !== room) return;
      // A screen that does not go on cannot be shown again without asking the person.
      if (kind === "screen" && this.state.screen && !this.carried.has(kind)) this.patch({ screen: false });
      if (this.state[kind]) await this.device(kind, true);
    }
    if (this.room !== room) return;
    this.published = true;
    this.carried.dropAll();
  }

  /** What stays open on the way to another room, or back into the same one. */
  private keeps(): Device[] {
    const { phase, place } = this.state;
    const back = phase === "reconnecting" && this.at === place;
    return DEVICES.filter((kind) => this.state[kind] && (kind !== "screen" || back));
  }

  private async device(kind: Device, on: boolean): Promise<void> {
    const room = this.room;
    this.patch({ [kind]: on });
    if (!on) this.carried.drop(kind);
    if (!room) return;
    this.pending.add(kind);
    const command = { microphone: "setMicrophone", camera: "setCamera", screen: "setScreen" } as const;
    await this.attempt(
      // What a room refuses that is being left says nothing about the device.
      room[command[kind]](on).catch((error: unknown) => this.room === room && Promise.reject(error)),
      (error) => deviceTrouble(kind, error),
      { [kind]: false },
    );
    this.pending.delete(kind);
    this.refresh();
  }

  private async attempt(
    work: Promise<unknown> | undefined,
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
        if (this.at === this.state.place) this.signal("connected");
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

  private async onEnded(cause: EndCause): Promise<void> {
    const { phase } = this.state;
    const inBreakout = this.at !== null && (cause === "removed" || cause === "ended");
    const left = phase === "moving" && cause === "ended";
    if (phase === "joining" || (cause !== "lost" && !inBreakout && !left))
      return this.finish(cause, cause === "removed" || cause === "replaced" ? null : cause);
    this.lost = true;
    if (cause === "lost") this.signal("lost");
    else await this.goHome(cause);
    return this.reach();
  }

  /** A breakout room that ends, or that one is put out of, leads to where one belongs. */
  private async goHome(cause: "ended" | "removed"): Promise<void> {
    this.farewell = cause;
    this.signal("moved");
    const { place } = this.state;
    // On the way elsewhere already, one goes on.
    if (place !== this.at) return;
    const mine = await this.readPlace();
    if (this.state.place === place) this.signal("moved", { place: mine });
  }

  /** Where one belongs by now; the main room where nobody can tell. */
  private async readPlace(): Promise<string | null> {
    const breakouts = await this.door.breakouts?.read().catch(() => null);
    if (!breakouts || !isLive(this.state.phase)) return null;
    this.patch({ breakouts });
    return breakouts.mine;
  }

  /**
   * Makes the connection anew with a new ticket, until one stands in the room in which one is meant to be, the door
   * refuses or patience ends.
   */
  private async reach(): Promise<void> {
    if (this.reaching) return;
    this.reaching = true;
    const since = this.clock.now();
    let trouble: Trouble | null = null;
    for (let round = 0; this.astray(); round += 1) {
      const joining = this.state.phase === "joining";
      if (round > 0 && this.lost && !joining) this.signal("lost");
      if (this.lost) await this.dropRoom(this.keeps());
      if (trouble || (this.lost && !joining)) await this.clock.wait(AGAIN_MS[round] ?? LAST_AGAIN_MS);
      trouble = this.astray() ? await this.enterAgain() : null;
      if (trouble) await this.onRefused(trouble, this.clock.now() - since);
    }
    this.reaching = false;
    // Sent back to the room in which one still is.
    if (this.state.phase === "moving") this.signal("connected");
    this.refresh();
  }

  private astray(): boolean {
    return isLive(this.state.phase) && (this.lost || this.at !== this.state.place);
  }

  /** One try; what kept it from standing, or null. */
  private async enterAgain(): Promise<Trouble | null> {
    const before = this.room;
    try {
      await this.enter();
      return null;
    } catch (error) {
      if (this.room !== before) this.lost = true;
      return troubleOf(error);
    }
  }

  private async onRefused(trouble: Trouble, waited: number): Promise<void> {
    const { place, phase } = this.state;
    const hopeless = trouble !== "unreachable" && trouble !== "failed";
    if (!isLive(phase)) return;
    if (hopeless && place !== null) {
      // It was closed, or is not one's own any more.
      const mine = await this.readPlace();
      if (this.state.place === place) this.signal("moved", { place: mine === place ? null : mine });
    } else if (!this.lost && (hopeless || waited > MOVE_PATIENCE_MS)) {
      this.signal("connected", { place: this.at ?? null, trouble });
    } else if (hopeless) {
      const words = { refused: trouble, ended: "ended", removed: null } as const;
      await this.finish(this.farewell, words[this.farewell]);
    } else if (phase === "joining" || waited > PATIENCE_MS) {
      await this.finish("refused", trouble);
    }
  }

  private async finish(signal: MeetingSignal, trouble: Trouble | null): Promise<void> {
    if (!isLive(this.state.phase)) return;
    this.signal(signal, { trouble, participants: [], screen: false });
    this.endBreakouts?.();
    this.carried.close();
    this.endSigns?.();
    await Promise.all([this.dropRoom(), this.sayLeft()]);
  }

  private async sayLeft(): Promise<void> {
    // The others learn it from the SFU and from the membership that runs out, too.
    await this.door.left().catch(() => undefined);
  }

  private async dropRoom(keep: readonly Device[] = []): Promise<void> {
    const room = this.room;
    this.room = null;
    this.lost = true;
    this.published = false;
    this.unfollow?.();
    this.unfollow = null;
    this.endSealed?.();
    this.endSealed = null;
    // It may be broken already: then there is nothing left to close.
    await room?.close(keep).catch(() => undefined);
  }

  /** Keys, and the words of those who read no room. */
  private startSealed(room: MediaRoom): void {
    const { encryption, sealedChat } = this.door;
    const endKeys = encryption?.start((identity, key, index) => {
      void this.attempt(room.setKey(identity, key, index), () => "encryption_failed", {});
    }, keyWire(room));
    const endChat = sealedChat?.start(chatWire(room));
    this.endSealed = () => {
      endKeys?.();
      endChat?.();
    };
  }

  private followSigns(): void {
    const follow = this.door.signs?.follow({
      onHands: () => this.refresh(),
      onReaction: (identity, emoji) => this.showReaction(identity, emoji),
      onLowered: () => void this.setHand(false),
    });
    this.endSigns = follow ?? null;
  }

  /** A hand in a breakout room is for those who are there. */
  private signHand(): void {
    this.door.signs?.setHand(this.state.hand !== null && this.state.place === null);
  }

  private onData({ topic, from, payload }: Extract<MediaNews, { kind: "data" }>): void {
    const emoji = topic === "reaction" ? readReaction(payload) : null;
    if (emoji !== null) this.showReaction(from, emoji);
  }

  private showReaction(identity: string, emoji: string): void {
    const name = this.state.participants.find((each) => each.identity === identity)?.name;
    if (name === undefined) return;
    const id = ++this.reactionId;
    this.patch({ reactions: [...this.state.reactions.slice(-19), { id, identity, name, emoji }] });
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
    if (!this.room || !isLive(this.state.phase) || this.state.phase === "moving") return;
    const people = this.room.people();
    const participants = readPeople(people, this.state.participants, this.door);
    const me = participants.find((each) => each.me);
    if (!me) return;
    this.patch({
      participants,
      recording: readRecording(people, this.state.recording),
      ...this.readDevices(me),
    });
  }

  /** Others may turn one's microphone off, the browser the shared screen. */
  private readDevices(me: ParticipantSnapshot): Partial<MeetingSnapshot> {
    // While the connection is made anew nothing is sent, and nothing of that is the person's wish.
    if (!this.published || this.state.phase === "reconnecting") return {};
    const read = { microphone: me.microphone, camera: me.cameraOn, screen: me.screenOn };
    const settled = (Object.keys(read) as Device[]).filter((device) => !this.pending.has(device));
    return Object.fromEntries(settled.map((device) => [device, read[device]]));
  }
}

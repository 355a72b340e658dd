import {
  EventStatus,
  MatrixEventEvent,
  Method,
  RoomEvent,
  type IRoomTimelineData,
  type MatrixClient,
  type MatrixEvent,
  type Room,
  type TimelineEvents,
} from "matrix-js-sdk";
import type { CallMembership } from "matrix-js-sdk/lib/matrixrtc/CallMembership";
import { type MatrixRTCSession, MatrixRTCSessionEvent } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSession";
import { type Clock, realClock } from "../session/clock";
import { kindOf } from "../session/identity";
import type { Signs, SignsListener } from "../session/types";
import { sendPlain } from "./ringing";
import {
  BY_MEDIA,
  HAND_TYPE,
  handContent,
  lower,
  nextStep,
  NO_HANDS,
  raise,
  raisedAt,
  REACTION_GAP_MS,
  REACTION_TYPE,
  reactionContent,
  readHand,
  readReaction,
  type Said,
  type Step,
} from "./signs";

/** At least so long, in ms, between two events about one's own hand; twice as long after each that fails. */
const STEP_MS = 1_000;
const TRIES = 4;

/** Hands and reactions in the events of a room with a call. */
export class RoomSigns implements Signs {
  private hands = NO_HANDS;
  private listener: SignsListener | null = null;
  private up = false;
  /** The events of one's own membership that there were, and those of hands that go down by one's own wish. */
  private readonly mine = new Set<string>();
  private readonly goingDown = new Set<string>();
  /** What was shown: an event may be told of again once it is deciphered. */
  private readonly shown = new Set<string>();
  /** Memberships of which the homeserver was asked for hands. */
  private readonly asked = new Set<string>();
  private writing = false;
  private reactedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly client: MatrixClient,
    private readonly room: Room,
    private readonly clock: Clock = realClock,
  ) {}

  follow(listener: SignsListener): () => void {
    const { client, room, session } = this;
    this.listener = listener;
    room.on(RoomEvent.Timeline, this.onTimeline);
    room.on(RoomEvent.TimelineReset, this.onGap);
    client.on(MatrixEventEvent.Decrypted, this.onDecrypted);
    session.on(MatrixRTCSessionEvent.MembershipsChanged, this.onMembers);
    this.onMembers();
    return () => {
      this.listener = null;
      room.off(RoomEvent.Timeline, this.onTimeline);
      room.off(RoomEvent.TimelineReset, this.onGap);
      client.off(MatrixEventEvent.Decrypted, this.onDecrypted);
      session.off(MatrixRTCSessionEvent.MembershipsChanged, this.onMembers);
      this.setHand(false);
    };
  }

  handOf(identity: string): number | null {
    const member = this.session.memberships.find((each) => each.rtcBackendIdentity === identity);
    return member && saysByEvents(member) ? raisedAt(this.hands, member) : null;
  }

  setHand(up: boolean): void {
    this.up = up;
    void this.write();
  }

  react(emoji: string): void {
    const now = this.clock.now();
    const own = this.ownMembership();
    if (!own || !this.awaited() || now - this.reactedAt < REACTION_GAP_MS) return;
    this.reactedAt = now;
    const content = reactionContent(own.eventId, emoji);
    void this.client
      .sendEvent(
        this.room.roomId,
        REACTION_TYPE as keyof TimelineEvents,
        content as unknown as TimelineEvents[keyof TimelineEvents],
      )
      .catch(() => this.forgetUnsent());
  }

  private get session(): MatrixRTCSession {
    return this.client.matrixRTC.getRoomSession(this.room);
  }

  private ownMembership(): CallMembership | undefined {
    const { client } = this;
    return this.session.memberships.find(
      (each) => each.userId === client.getUserId() && each.deviceId === client.getDeviceId(),
    );
  }

  private awaited(): boolean {
    return this.session.memberships.some(saysByEvents);
  }

  private readonly onTimeline = (
    event: MatrixEvent,
    _room: Room | undefined,
    _toStart: boolean | undefined,
    removed: boolean,
    data: IRoomTimelineData,
  ): void => {
    if (removed || event.status !== null || event.isRedacted()) return;
    if (event.getType() === HAND_TYPE) this.onHand(said(event));
    else if (event.isRedaction()) this.onRedacted(event);
    else if (data.liveEvent) this.onReaction(event);
  };

  private readonly onDecrypted = (event: MatrixEvent): void => {
    if (event.getRoomId() === this.room.roomId && event.status === null) this.onReaction(event);
  };

  /** After a gap in the sync, nobody knows what was said meanwhile. */
  private readonly onGap = (): void => {
    this.asked.clear();
    this.onMembers();
  };

  private readonly onMembers = (): void => {
    const own = this.ownMembership();
    if (own) this.mine.add(own.eventId);
    for (const member of this.session.memberships)
      if (member === own || saysByEvents(member)) void this.ask(member.eventId);
    this.listener?.onHands();
    void this.write();
  };

  /** Asks for the hands that went up before one was there to see it. */
  private async ask(membership: string): Promise<void> {
    if (this.asked.has(membership)) return;
    this.asked.add(membership);
    const { chunk } = await this.client
      .fetchRelations(this.room.roomId, membership, "m.annotation", HAND_TYPE)
      // Without an answer one sees those that go up from now on.
      .catch(() => ({ chunk: [] }));
    for (const { event_id: id, sender, origin_server_ts: at, content } of chunk)
      this.onHand({ id, sender, at, content });
    void this.write();
  }

  private onHand(event: Said): void {
    const hand = readHand(event);
    if (!hand) return;
    this.hands = raise(this.hands, hand);
    this.listener?.onHands();
  }

  private onRedacted(redaction: MatrixEvent): void {
    const id = redaction.event.redacts ?? (redaction.getContent() as { redacts?: unknown }).redacts;
    if (typeof id !== "string") return;
    const hand = this.hands.raised.get(id);
    this.hands = lower(this.hands, id);
    if (!hand) return;
    this.listener?.onHands();
    if (!this.up || this.goingDown.has(id) || hand.sender !== this.client.getUserId()) return;
    if (hand.membership !== this.ownMembership()?.eventId) return;
    this.up = false;
    this.listener?.onLowered();
  }

  private onReaction(event: MatrixEvent): void {
    if (event.getType() !== REACTION_TYPE) return;
    // By the clock of this device: the homeserver's may be another.
    const words = { ...said(event), at: event.localTimestamp };
    const reaction = readReaction(words, this.clock.now());
    if (!reaction || this.shown.has(words.id)) return;
    const { eventId, userId } = reaction.member;
    const member = this.session.memberships.find(
      (each) => each.eventId === eventId && each.userId === userId,
    );
    if (!member || !saysByEvents(member)) return;
    this.shown.add(words.id);
    this.listener?.onReaction(member.rtcBackendIdentity, reaction.emoji);
  }

  /** Writes one step after the other until one's hand is said as it is; the last wish counts. */
  private async write(): Promise<void> {
    if (this.writing) return;
    this.writing = true;
    let failed = 0;
    for (let step = this.nextStep(); step; step = this.nextStep()) {
      failed = await this.take(step).then(
        () => 0,
        () => failed + 1,
      );
      // Given up, it is tried again with the next change.
      if (failed === TRIES) break;
      await this.clock.wait(STEP_MS * 2 ** failed);
    }
    this.writing = false;
  }

  private nextStep(): Step | null {
    return nextStep(this.hands, {
      userId: this.client.getSafeUserId(),
      memberships: this.mine,
      membership: this.ownMembership()?.eventId ?? null,
      up: this.up,
      awaited: this.awaited(),
    });
  }

  private async take(step: Step): Promise<void> {
    const { client, room } = this;
    if (step.kind === "raise") {
      const { membership } = step;
      const id = await sendPlain(client, room.roomId, HAND_TYPE, handContent(membership));
      this.hands = raise(this.hands, {
        id,
        sender: client.getSafeUserId(),
        membership,
        at: this.clock.now(),
      });
      return;
    }
    this.goingDown.add(step.id);
    await redact(client, room.roomId, step.id);
    this.hands = lower(this.hands, step.id);
  }

  /** A reaction that was not sent is worth nothing later. */
  private forgetUnsent(): void {
    for (const event of this.room.getLiveTimeline().getEvents())
      if (event.getType() === REACTION_TYPE && event.status === EventStatus.NOT_SENT)
        this.client.cancelPendingEvent(event);
  }
}

/** Neither one of our clients nor a guest or a telephone, of whom the SFU tells. */
function saysByEvents(member: CallMembership): boolean {
  return kindOf(member.userId, undefined) === "member" && member.applicationData[BY_MEDIA] !== true;
}

function said(event: MatrixEvent): Said {
  return {
    id: event.getId() ?? "",
    sender: event.getSender() ?? "",
    at: event.getTs(),
    content: event.getContent(),
  };
}

/** Without a local echo: the room's own view of it is none of the chat's. */
async function redact(client: MatrixClient, roomId: string, eventId: string): Promise<void> {
  const path = ["rooms", roomId, "redact", eventId, client.makeTxnId()].map(encodeURIComponent).join("/");
  await client.http.authedRequest(Method.Put, `/${path}`, undefined, {});
}

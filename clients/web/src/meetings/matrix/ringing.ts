import { EventType, Method, type MatrixClient, type Room } from "matrix-js-sdk";
import { MatrixRTCSessionEvent } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSession";
import { call, called, giveUp } from "./callees";
import { notificationContent, RING_AT_MOST, RING_MS } from "./notification";

/** How long the ringing waits for one's own membership, in ms. */
const PATIENCE_MS = 3_000;

/** Rings people into the call of a room that one has just entered. */
export class Ringing {
  private timer: ReturnType<typeof setTimeout> | null = null;

  /**
   * @param chosen Matrix ids to ring, whatever the size of the room; null for all its members, who in a large room are
   *     told without ringing.
   */
  constructor(
    private readonly client: MatrixClient,
    private readonly room: Room,
    private readonly chosen: readonly string[] | null,
  ) {}

  /** Chosen people are rung even when somebody is in the call already. */
  get always(): boolean {
    return this.chosen !== null;
  }

  async ring(): Promise<void> {
    const me = this.client.getSafeUserId();
    const members = this.room
      .getJoinedMembers()
      .flatMap((member) => (member.userId === me ? [] : [member.userId]));
    const people = this.chosen?.filter((userId) => userId !== me) ?? members;
    if (people.length === 0) return;
    const rings = this.chosen !== null || people.length <= RING_AT_MOST;
    const content = notificationContent(await this.membership(), this.chosen, rings, Date.now());
    const id = await sendPlain(this.client, this.room.roomId, EventType.RTCNotification, content);
    if (rings) this.watch(people, id);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    called.set(null);
  }

  /** The event of one's own membership once it has come back from the homeserver; null when that takes too long. */
  private membership(): Promise<string | null> {
    const session = this.client.matrixRTC.getRoomSession(this.room);
    return new Promise((found) => {
      const look = (): void => {
        const own = session.memberships.find((each) => isMine(this.client, each));
        if (own) end(own.eventId);
      };
      const end = (eventId: string | null): void => {
        clearTimeout(timer);
        session.off(MatrixRTCSessionEvent.MembershipsChanged, look);
        found(eventId);
      };
      const timer = setTimeout(() => end(null), PATIENCE_MS);
      session.on(MatrixRTCSessionEvent.MembershipsChanged, look);
      look();
    });
  }

  private watch(people: readonly string[], notificationId: string): void {
    const endsAt = Date.now() + RING_MS;
    const ringed = { roomId: this.room.roomId, userIds: people, notificationId, endsAt };
    called.update((before) => call(before, ringed));
    this.timer = setTimeout(() => called.update((state) => giveUp(state, Date.now())), RING_MS);
  }
}

/**
 * Sends an event as it is, in encrypted rooms, too: a device that has no keys yet must ring, and the event says no more
 * than the call's membership, which is state and never encrypted.
 */
export async function sendPlain(
  client: MatrixClient,
  roomId: string,
  type: string,
  content: Record<string, unknown>,
): Promise<string> {
  const path = ["rooms", roomId, "send", type, client.makeTxnId()].map(encodeURIComponent).join("/");
  const { event_id: id } = await client.http.authedRequest<{ event_id: string }>(
    Method.Put,
    `/${path}`,
    undefined,
    content,
  );
  return id;
}

function isMine(client: MatrixClient, member: { userId: string; deviceId: string }): boolean {
  return member.userId === client.getUserId() && member.deviceId === client.getDeviceId();
}

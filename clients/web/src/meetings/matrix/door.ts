import {
  ClientPrefix,
  ConnectionError,
  MatrixError,
  Method,
  type MatrixClient,
  type Room,
} from "matrix-js-sdk";
import type { MatrixRTCSession } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSession";
import {
  isLivekitTransportConfig,
  type LivekitTransport,
} from "matrix-js-sdk/lib/matrixrtc/LivekitTransport";
import { type Meeting, meetings } from "../../api/meetings";
import { memberName } from "../../matrix/live/names";
import { breakoutsOf } from "../breakouts/rooms";
import { kindOf, userOf } from "../session/identity";
import { DoorTrouble } from "../session/trouble";
import type {
  Breakouts,
  Encryption,
  MeetingChat,
  MeetingDoor,
  Moderation,
  SealedChat,
  Signs,
  Ticket,
} from "../session/types";
import type { Ringing } from "./ringing";
import { RoomSigns } from "./roomSigns";
import { BY_MEDIA } from "./signs";

/** How long, in ms, one waits for the homeserver to be told that one has left; it notices by itself, too. */
const FAREWELL_MS = 5_000;
/** After how long without a sign of life, in ms, the homeserver takes one out of the call, and how often one gives it. */
const GONE_MS = 18_000;
const ALIVE_MS = 5_000;

/**
 * A member's way into the call of a Matrix room: MatrixRTC membership (MSC4143) as clients without slots send it, and
 * a ticket of the LiveKit service that the room's oldest member uses, or of our homeserver's own (MSC4195).
 */
export class MatrixDoor implements MeetingDoor {
  readonly chat: MeetingChat | null = null;
  readonly moderation: Moderation | null;
  readonly breakouts: Breakouts | null;
  readonly signs: Signs;
  private transport: LivekitTransport | null = null;

  constructor(
    private readonly client: MatrixClient,
    private readonly room: Room,
    readonly title: string,
    meeting: Meeting | null,
    private readonly ringing: Ringing | null,
    readonly encryption: Encryption | null,
    readonly sealedChat: SealedChat | null = null,
  ) {
    this.moderation = meeting?.moderator ? moderationOf(meeting) : null;
    this.breakouts = meeting ? breakoutsOf(meeting.id, meeting.moderator) : null;
    this.signs = new RoomSigns(client, room);
  }

  get key(): string {
    return this.room.roomId;
  }

  get roomId(): string {
    return this.room.roomId;
  }

  async ticket(place: string | null): Promise<Ticket> {
    const [transport, openid] = await Promise.all([this.findTransport(), this.client.getOpenIdToken()]).catch(
      (error: unknown) => {
        throw inWords(error);
      },
    );
    const deviceId = this.client.getDeviceId() ?? "";
    const answer = await fetch(`${transport.livekit_service_url}/sfu/get`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        room: this.roomId,
        openid_token: openid,
        device_id: deviceId,
        ...(place === null ? {} : { slot_id: `m.call#breakout-${place}` }),
      }),
    }).catch(() => {
      throw new DoorTrouble("unreachable");
    });
    if (!answer.ok) throw new DoorTrouble(answer.status >= 500 ? "unreachable" : "not_allowed");
    const { url, jwt } = (await answer.json()) as { url: string; jwt: string };
    return { url, token: jwt, identity: `${this.client.getSafeUserId()}:${deviceId}` };
  }

  who(identity: string): { userId: string; name: string } | null {
    // The SFU has the names of guests and telephones as they gave them; those in the room say "guest" once more.
    if (kindOf(identity, undefined) !== "member") return null;
    // Newer clients are called by a hash of their membership.
    const member = this.session.memberships.find((each) => each.rtcBackendIdentity === identity);
    const userId = member?.userId ?? userOf(identity);
    if (!userId || !this.room.getMember(userId)) return null;
    return { userId, name: memberName(this.room, userId) };
  }

  async entered(): Promise<void> {
    const first = this.session.memberships.length === 0;
    const transport = await this.findTransport();
    this.session.joinRoomSession([transport], undefined, {
      callIntent: "video",
      manageMediaKeys: this.encryption !== null,
      delayedLeaveEventDelayMs: GONE_MS,
      delayedLeaveEventRestartMs: ALIVE_MS,
      applicationData: { [BY_MEDIA]: true },
    });
    // Who is not rung sees the call in the list of rooms all the same.
    if (first || this.ringing?.always) await this.ringing?.ring().catch(() => undefined);
  }

  async left(): Promise<void> {
    this.ringing?.stop();
    await this.session.leaveRoomSession(FAREWELL_MS);
  }

  private get session(): MatrixRTCSession {
    return this.client.matrixRTC.getRoomSession(this.room);
  }

  /** Where those who are in the call already send their media, or the place that our homeserver names. */
  private async findTransport(): Promise<LivekitTransport> {
    this.transport ??= withAlias(
      this.session.getFocusInUse() ?? (await transportsOf(this.client)).find(isLivekitTransportConfig),
      this.roomId,
    );
    if (!this.transport) throw new DoorTrouble("unreachable");
    return this.transport;
  }
}

/** What kept the homeserver from answering. */
function inWords(error: unknown): Error {
  if (error instanceof DoorTrouble) return error;
  if (error instanceof ConnectionError) return new DoorTrouble("unreachable");
  if (error instanceof MatrixError)
    return new DoorTrouble((error.httpStatus ?? 0) >= 500 ? "unreachable" : "not_allowed");
  return error instanceof Error ? error : new Error(String(error));
}

/** Asked of the homeserver (MSC4143), and of the well-known where it has no such request. */
async function transportsOf(client: MatrixClient): Promise<unknown[]> {
  const told = await client.http
    .authedRequest<{ rtc_transports?: unknown[] }>(Method.Get, "/rtc/transports", undefined, undefined, {
      prefix: `${ClientPrefix.Unstable}/org.matrix.msc4143`,
    })
    .catch(() => ({ rtc_transports: [] }));
  if (told.rtc_transports?.length) return told.rtc_transports;
  const answer = await fetch(`${client.getHomeserverUrl()}/.well-known/matrix/client`);
  const content = (await answer.json()) as Record<string, unknown>;
  const foci = content["org.matrix.msc4143.rtc_foci"];
  return Array.isArray(foci) ? foci : [];
}

function withAlias(transport: unknown, roomId: string): LivekitTransport | null {
  return transport !== undefined && isLivekitTransportConfig(transport)
    ? { ...transport, livekit_alias: roomId }
    : null;
}

function moderationOf({ id: meetingId, may_invite: mayInvite }: Meeting): Moderation {
  return {
    meetingId,
    mayInvite,
    mute: (identity, source) => meetings.mute(meetingId, identity, source),
    remove: (identity) => meetings.remove(meetingId, identity),
    record: (what) => meetings.record(meetingId, what),
  };
}

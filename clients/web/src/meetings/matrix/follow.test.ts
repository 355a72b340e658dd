import { EventEmitter } from "node:events";
import {
  ClientEvent,
  EventType,
  MatrixEvent,
  MatrixEventEvent,
  RoomEvent,
  type MatrixClient,
} from "matrix-js-sdk";
import { MatrixRTCSessionEvent } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSession";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { followMeetings } from "./follow";
import { NO_RINGS, rings } from "./rings";
import { roomCalls } from "./roomCalls";

let sticky: MatrixEvent[];
const ROOM = {
  roomId: "!r",
  currentState: { getStateEvents: () => [] },
  _unstable_getStickyEvents: () => sticky,
  loadMembersIfNeeded: async () => true,
};
const session = Object.assign(new EventEmitter(), {
  memberships: [{ userId: "@anna:x", deviceId: "A", createdTs: () => 1 }],
  ensureRecalculateSessionMembers: async () => undefined,
});
const notification = {
  type: EventType.RTCNotification,
  content: { "m.mentions": { room: true }, notification_type: "ring", lifetime: 90_000 },
};
const arrived = (type: string, content: object): MatrixEvent =>
  new MatrixEvent({
    type,
    content,
    event_id: "$1",
    room_id: ROOM.roomId,
    sender: "@anna:x",
    origin_server_ts: Date.now(),
  });

let client: EventEmitter;
let end: () => void;

beforeEach(() => {
  rings.set(NO_RINGS);
  sticky = [];
  client = Object.assign(new EventEmitter(), {
    getRooms: () => [ROOM],
    getRoom: (id: string) => (id === ROOM.roomId ? ROOM : null),
    getUserId: () => "@bruno:x",
    getSafeUserId: () => "@bruno:x",
    getDeviceId: () => "B",
    matrixRTC: Object.assign(new EventEmitter(), { getRoomSession: () => session }),
  });
  start();
});

afterEach(() => end());

function start(): void {
  end = followMeetings(client as unknown as MatrixClient);
}

describe("a call is known", () => {
  test("when it goes on by sticky events as the page opens", async () => {
    end();
    sticky = [arrived(EventType.RTCMembership, {})];
    start();
    await vi.waitFor(() => expect(roomCalls.get().get("!r")?.userIds).toEqual(["@anna:x"]));
  });

  test.each([EventType.RTCMembership, EventType.GroupCallMemberPrefix])(
    "when %s comes with the first sync",
    async (type) => {
      client.emit(ClientEvent.Event, arrived(type, {}));
      await vi.waitFor(() => expect(roomCalls.get().get("!r")?.userIds).toEqual(["@anna:x"]));
    },
  );

  test("and no other event makes one", () => {
    client.emit(ClientEvent.Event, arrived(EventType.RoomMessage, {}));
    expect(session.listenerCount(MatrixRTCSessionEvent.MembershipsChanged)).toBe(0);
  });
});

describe("a notification rings", () => {
  test("when it comes in clear", () => {
    client.emit(RoomEvent.Timeline, arrived(notification.type, notification.content), ROOM);
    expect(rings.get().ringing.map((ring) => ring.id)).toEqual(["$1"]);
  });

  test("when it was encrypted, once it can be read", () => {
    client.emit(RoomEvent.Timeline, arrived(EventType.RoomMessageEncrypted, {}), ROOM);
    expect(rings.get()).toBe(NO_RINGS);
    const event = arrived(notification.type, notification.content);
    event.makeEncrypted(EventType.RoomMessageEncrypted, {}, "", "");
    client.emit(MatrixEventEvent.Decrypted, event);
    expect(rings.get().ringing.map((ring) => ring.id)).toEqual(["$1"]);
  });
});

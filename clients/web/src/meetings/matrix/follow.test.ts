import { EventEmitter } from "node:events";
import { EventType, MatrixEvent, MatrixEventEvent, RoomEvent, type MatrixClient } from "matrix-js-sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { followMeetings } from "./follow";
import { NO_RINGS, rings } from "./rings";

const ROOM = { roomId: "!r" };
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
  client = Object.assign(new EventEmitter(), {
    getRooms: () => [],
    getRoom: (id: string) => (id === ROOM.roomId ? ROOM : null),
    getUserId: () => "@bruno:x",
    getSafeUserId: () => "@bruno:x",
    matrixRTC: new EventEmitter(),
  });
  end = followMeetings(client as unknown as MatrixClient);
});

afterEach(() => end());

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

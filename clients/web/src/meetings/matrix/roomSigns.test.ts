import { EventEmitter } from "node:events";
import { MatrixEvent, MatrixEventEvent, RoomEvent, type MatrixClient, type Room } from "matrix-js-sdk";
import { MatrixRTCSessionEvent } from "matrix-js-sdk/lib/matrixrtc/MatrixRTCSession";
import { describe, expect, test } from "vitest";
import type { Clock } from "../session/clock";
import { RoomSigns } from "./roomSigns";
import { BY_MEDIA, handContent, REACTION_TYPE, reactionContent } from "./signs";

const ME = "@me:x";
const BRUNO = "@bruno:x";

interface Relation {
  event_id: string;
  sender: string;
  origin_server_ts: number;
  content: object;
}

const member = (userId: string, deviceId: string, eventId: string, byMedia = false) => ({
  userId,
  deviceId,
  eventId,
  rtcBackendIdentity: `${userId}:${deviceId}`,
  applicationData: byMedia ? { [BY_MEDIA]: true } : {},
});
const mine = (eventId = "$mine") => member(ME, "HERE", eventId, true);
const bruno = (eventId = "$bruno") => member(BRUNO, "EC", eventId);

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

class StepClock implements Clock {
  time = 1_000;
  private readonly waiting: (() => void)[] = [];
  now = (): number => this.time;
  wait = (ms: number): Promise<void> =>
    new Promise((done) => this.waiting.push(() => ((this.time += ms), done())));
  async step(): Promise<void> {
    for (const done of this.waiting.splice(0)) done();
    await settled();
  }
}

/** In the call of a room, with what the homeserver knows of hands, and what it is asked to take. */
function setUp(members = [mine(), bruno()], known: Record<string, Relation[]> = {}) {
  const session = Object.assign(new EventEmitter(), { memberships: members });
  const room = Object.assign(new EventEmitter(), {
    roomId: "!r",
    getLiveTimeline: () => ({ getEvents: () => [] }),
  });
  const written: string[] = [];
  const asked: string[] = [];
  const failing = { on: false };
  const put = (what: string): void => {
    if (failing.on) throw new Error("offline");
    written.push(what);
  };
  let ids = 0;
  const client = Object.assign(new EventEmitter(), {
    getUserId: () => ME,
    getSafeUserId: () => ME,
    getDeviceId: () => "HERE",
    makeTxnId: () => "t",
    matrixRTC: { getRoomSession: () => session },
    http: {
      authedRequest: async (_: string, path: string, __: undefined, content: Record<string, object>) => {
        const [, , , verb, what] = path.split("/").map(decodeURIComponent);
        const on = (content["m.relates_to"] as { event_id: string } | undefined)?.event_id;
        put(verb === "send" ? `raise on ${on}` : `lower ${what}`);
        return { event_id: `$own${++ids}` };
      },
    },
    sendEvent: async (_: string, type: string, content: { emoji: string }) => put(`${type} ${content.emoji}`),
    fetchRelations: async (_: string, eventId: string) => {
      asked.push(eventId);
      return { chunk: known[eventId] ?? [] };
    },
  });
  const clock = new StepClock();
  const signs = new RoomSigns(client as unknown as MatrixClient, room as unknown as Room, clock);
  const told: string[] = [];
  const follow = () =>
    signs.follow({
      onHands: () => undefined,
      onReaction: (identity, emoji) => told.push(`${identity} ${emoji}`),
      onLowered: () => told.push("lowered"),
    });
  const say = (type: string, content: object, more: object = {}, liveEvent = true): MatrixEvent => {
    const raw = { event_id: "$said", sender: BRUNO, room_id: "!r", origin_server_ts: 7, type, content };
    const event = new MatrixEvent({ ...raw, ...more });
    event.localTimestamp = clock.time;
    room.emit(RoomEvent.Timeline, event, room, false, false, { liveEvent });
    return event;
  };
  const redact = (redacts: string) => say("m.room.redaction", {}, { event_id: "$redaction", redacts });
  const change = async (...now: typeof members): Promise<void> => {
    session.memberships = now;
    session.emit(MatrixRTCSessionEvent.MembershipsChanged);
    await settled();
  };
  return { signs, follow, say, redact, change, room, client, clock, written, asked, told, known, failing };
}

describe("hands of others", () => {
  test("go up and down with their events", () => {
    const { signs, follow, say, redact } = setUp();
    follow();
    say("m.reaction", handContent("$bruno"));
    expect(signs.handOf("@bruno:x:EC")).toBe(7);
    redact("$said");
    expect(signs.handOf("@bruno:x:EC")).toBeNull();
  });

  test("go down with the membership, and when another takes its place", async () => {
    const { signs, follow, say, change } = setUp();
    follow();
    say("m.reaction", handContent("$bruno"));
    await change(mine(), bruno("$again"));
    expect(signs.handOf("@bruno:x:EC")).toBeNull();
    await change(mine());
    expect(signs.handOf("@bruno:x:EC")).toBeNull();
  });

  test("that went up before one came are asked of the homeserver, once, and again after a gap", async () => {
    const raised = { event_id: "$1", sender: BRUNO, origin_server_ts: 3, content: handContent("$bruno") };
    const { signs, follow, asked, room, change } = setUp(undefined, { $bruno: [raised] });
    follow();
    await change(mine(), bruno());
    expect(signs.handOf("@bruno:x:EC")).toBe(3);
    expect(asked).toEqual(["$mine", "$bruno"]);
    room.emit(RoomEvent.TimelineReset);
    expect(asked).toHaveLength(4);
  });

  test("of our own clients, and of guests, are the SFU's to tell", async () => {
    const ours = member("@chiara:x", "C", "$chiara", true);
    const { signs, follow, say, asked } = setUp([mine(), ours, member("@_guest_1:x", "GUEST", "$guest")]);
    follow();
    say("m.reaction", handContent("$chiara"), { sender: "@chiara:x" });
    expect(signs.handOf("@chiara:x:C")).toBeNull();
    expect(asked).toEqual(["$mine"]);
  });
});

describe("one's own hand", () => {
  test("is written once for each wish, the last one counts", async () => {
    const { signs, follow, clock, written } = setUp();
    follow();
    for (const up of [true, false, true, false]) signs.setHand(up);
    await settled();
    expect(written).toEqual(["raise on $mine"]);
    await clock.step();
    expect(written).toEqual(["raise on $mine", "lower $own1"]);
    for (let turn = 0; turn < 5; turn += 1) await clock.step();
    expect(written).toHaveLength(2);
  });

  test("is written when somebody comes who needs it", async () => {
    const { signs, follow, change, written } = setUp([mine()]);
    follow();
    signs.setHand(true);
    await settled();
    expect(written).toEqual([]);
    await change(mine(), bruno());
    expect(written).toEqual(["raise on $mine"]);
  });

  test("goes down for all when its event is redacted by another hand", async () => {
    const { signs, follow, clock, redact, told, written } = setUp();
    follow();
    signs.setHand(true);
    await settled();
    redact("$own1");
    await clock.step();
    expect(told).toEqual(["lowered"]);
    expect(written).toEqual(["raise on $mine"]);
  });

  test("stays up when the word comes back that it was lowered the time before", async () => {
    const { signs, follow, clock, redact, told, written } = setUp();
    follow();
    signs.setHand(true);
    await settled();
    signs.setHand(false);
    await clock.step();
    signs.setHand(true);
    redact("$own1");
    await clock.step();
    expect(told).toEqual([]);
    expect(written).toEqual(["raise on $mine", "lower $own1", "raise on $mine"]);
  });

  test("left up by a page that was loaded anew goes down", async () => {
    const left = { event_id: "$left", sender: ME, origin_server_ts: 3, content: handContent("$mine") };
    const { follow, written } = setUp(undefined, { $mine: [left] });
    follow();
    await settled();
    expect(written).toEqual(["lower $left"]);
  });

  test("goes down on the way out", async () => {
    const { signs, follow, clock, change, written } = setUp();
    const end = follow();
    signs.setHand(true);
    await settled();
    await clock.step();
    end();
    await change(bruno());
    await clock.step();
    expect(written).toEqual(["raise on $mine", "lower $own1"]);
  });

  test("is tried a few times, and again with the next wish", async () => {
    const { signs, follow, clock, written, failing } = setUp();
    follow();
    failing.on = true;
    signs.setHand(true);
    await settled();
    for (let turn = 0; turn < 9; turn += 1) await clock.step();
    failing.on = false;
    await clock.step();
    expect(written).toEqual([]);
    signs.setHand(true);
    await settled();
    expect(written).toEqual(["raise on $mine"]);
  });
});

describe("reactions", () => {
  test("of others are told once, however often their event is", () => {
    const { follow, say, client, told } = setUp();
    follow();
    const event = say(REACTION_TYPE, reactionContent("$bruno", "🎉"));
    client.emit(MatrixEventEvent.Decrypted, event);
    expect(told).toEqual(["@bruno:x:EC 🎉"]);
  });

  test.each<[string, string, object, boolean]>([
    ["for another's membership", "$mine", {}, true],
    ["from the past of the room", "$bruno", {}, false],
    ["by somebody who is not in the call", "$bruno", { sender: "@dario:x" }, true],
  ])("%s are not", (_, membership, more, live) => {
    const { follow, say, told } = setUp();
    follow();
    say(REACTION_TYPE, reactionContent(membership, "🎉"), more, live);
    expect(told).toEqual([]);
  });

  test("of mine are sent where somebody needs them, and not more than are shown", async () => {
    const { signs, clock, change, written } = setUp();
    signs.react("👍");
    signs.react("👏");
    clock.time += 3_000;
    signs.react("🎉");
    await change(mine());
    clock.time += 3_000;
    signs.react("👎");
    expect(written).toEqual([`${REACTION_TYPE} 👍`, `${REACTION_TYPE} 🎉`]);
  });
});

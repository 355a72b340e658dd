import { describe, expect, test } from "vitest";
import { NO_ROOMS } from "../breakouts/places";
import { CHOICES, fakeDoor, FakeRoom, person } from "./fakeMedia";
import type { Clock } from "./clock";
import { MeetingSession } from "./session";
import { DoorTrouble } from "./trouble";
import type { Arrangement, Breakouts, JoinChoices, MeetingDoor, Signs, SignsListener } from "./types";

/** Waits end when the test says so. */
class StepClock implements Clock {
  time = 1_000_000;
  private readonly waiting: (() => void)[] = [];
  now = (): number => this.time;
  wait = (ms: number): Promise<void> =>
    new Promise((done) => {
      this.waiting.push(() => {
        this.time += ms;
        done();
      });
    });
  async step(): Promise<void> {
    for (const done of this.waiting.splice(0)) done();
    await settled();
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

function setUp(choices: Partial<JoinChoices> = {}, door: MeetingDoor & { told?: string[] } = fakeDoor()) {
  const rooms: FakeRoom[] = [];
  const prepare: ((room: FakeRoom) => void)[] = [];
  const clock = new StepClock();
  const open = async (): Promise<FakeRoom> => {
    const room = new FakeRoom();
    prepare.shift()?.(room);
    rooms.push(room);
    return room;
  };
  const session = new MeetingSession(door, { ...CHOICES, ...choices }, open, clock);
  return { session, rooms, prepare, clock, door, state: () => session.store.get() };
}

async function inside(choices: Partial<JoinChoices> = {}, door = fakeDoor()) {
  const set = setUp(choices, door);
  await set.session.join();
  await settled();
  const [room] = set.rooms as [FakeRoom];
  return { ...set, room, door };
}

const failing = (name: string): Error => Object.assign(new Error(name), { name });

describe("going in", () => {
  test("connects, sends what was chosen, and tells the door when it stands", async () => {
    const { room, door, state } = await inside({ camera: true });
    expect(room.done).toEqual(["connect t1", "hushed false", "microphone true", "camera true"]);
    expect(door.told).toEqual(["entered"]);
    expect(state()).toMatchObject({
      phase: "connected",
      microphone: true,
      camera: true,
      joinedAt: 1_000_000,
    });
    expect(state().participants.map((each) => each.identity)).toEqual(["@me:localhost:HERE"]);
  });

  test("a microphone that was off is not asked for", async () => {
    const { room } = await inside({ microphone: false });
    expect(room.done).not.toContain("microphone true");
  });

  test("a door that refuses is said in words", async () => {
    const ticket = () => Promise.reject(new DoorTrouble("not_allowed"));
    const { session, state } = setUp({}, fakeDoor({ ticket }));
    await session.join();
    expect(state()).toMatchObject({ phase: "failed", trouble: "not_allowed" });
  });

  test("a missing camera is said, and the meeting goes on", async () => {
    const { session, prepare, state } = setUp({ camera: true });
    prepare.push((room) => room.failures.set("camera", failing("NotFoundError")));
    await session.join();
    await settled();
    expect(state()).toMatchObject({ phase: "connected", camera: false, trouble: "camera_missing" });
    session.forgetTrouble();
    expect(state().trouble).toBeNull();
  });

  test("who leaves on the way in is not connected", async () => {
    const { session, rooms, state } = setUp();
    const joining = session.join();
    await Promise.resolve();
    await session.leave();
    await joining;
    expect(rooms.flatMap((room) => room.done)).not.toContain("connect t1");
    expect(state().phase).toBe("left");
  });
});

describe("the people", () => {
  test("stand in the order of joining, oneself first, and keep their object while nothing changes", async () => {
    const { room, state } = await inside();
    const early = person("@a:localhost:A", { joinedAt: 1, name: "Anna" });
    const late = person("@b:localhost:B", { joinedAt: 2, name: "Bruno" });
    room.others = [late, early];
    room.tell({ kind: "changed" });
    await settled();
    const first = state().participants;
    expect(first.map((each) => each.name)).toEqual(["me", "Anna", "Bruno"]);
    room.others = [late, { ...early, speaking: true, microphone: true }];
    room.tell({ kind: "changed" });
    await settled();
    expect(state().participants[1]?.speaking).toBe(true);
    expect(state().participants[2]).toBe(first[2]);
  });

  test("the door's names win, attributes tell of guests, telephones, hands and lost encryption", async () => {
    const who = (identity: string) =>
      identity === "hash" ? { userId: "@c:localhost", name: "Chiara" } : null;
    const { room, state } = await inside({}, fakeDoor({ who }));
    room.others = [
      person("hash", { joinedAt: 1 }),
      person("@_guest_1:localhost:GUEST", { joinedAt: 2, name: "Gino", attributes: { hand: "5" } }),
      person("@_tel_1:localhost:x", { joinedAt: 3, attributes: { kind: "phone", unencrypted: "1" } }),
    ];
    room.tell({ kind: "changed" });
    await settled();
    const [, chiara, gino, phone] = state().participants;
    expect(chiara).toMatchObject({ name: "Chiara", userId: "@c:localhost", kind: "member" });
    expect(gino).toMatchObject({ name: "Gino", userId: null, kind: "guest", hand: 5 });
    expect(phone).toMatchObject({ kind: "phone", unencrypted: true });
  });

  test("a microphone that a moderator turned off is shown as off", async () => {
    const { room, state } = await inside();
    room.me = { ...room.me, microphone: false };
    room.tell({ kind: "changed" });
    await settled();
    expect(state().microphone).toBe(false);
  });
});

describe("commands", () => {
  test("show their effect at once and take it back when they fail", async () => {
    const { session, room, state } = await inside();
    room.failures.set("screen", failing("NotAllowedError"));
    const asked = session.setScreen(true);
    expect(state().screen).toBe(true);
    await asked;
    await settled();
    expect(state()).toMatchObject({ screen: false, trouble: null });
  });

  test("a hand goes up with the time and down again", async () => {
    const { session, room, state } = await inside();
    await session.setHand(true);
    expect(state().hand).toBe(1_000_000);
    await session.setHand(false);
    expect(room.done.slice(-2)).toEqual(['attributes {"hand":"1000000"}', 'attributes {"hand":""}']);
  });

  test("reactions of mine and of others float for a while", async () => {
    const { session, room, state, clock } = await inside();
    room.others = [person("@a:localhost:A", { name: "Anna" })];
    room.tell({ kind: "changed" });
    await settled();
    await session.react("🎉");
    const payload = new TextEncoder().encode('{"emoji":"👍"}');
    room.tell({ kind: "data", topic: "reaction", from: "@a:localhost:A", payload });
    expect(state().reactions.map(({ name, emoji }) => [name, emoji])).toEqual([
      ["me", "🎉"],
      ["Anna", "👍"],
    ]);
    await clock.step();
    expect(state().reactions).toEqual([]);
  });

  test.each(["not json", '{"emoji":7}', "null", `{"emoji":"${"x".repeat(99)}"}`])(
    "a reaction that says %s is nothing",
    async (words) => {
      const { room, state } = await inside();
      const payload = new TextEncoder().encode(words);
      room.tell({ kind: "data", topic: "reaction", from: "@me:localhost:HERE", payload });
      expect(state().reactions).toEqual([]);
    },
  );

  test("a telephone call takes the microphone and the ear; afterwards only the ear comes back", async () => {
    const { session, room, state } = await inside();
    session.setOnHold(true);
    await settled();
    expect(state()).toMatchObject({ onHold: true, microphone: false });
    session.setOnHold(false);
    await settled();
    expect(room.done.slice(-3)).toEqual(["hushed true", "microphone false", "hushed false"]);
    expect(state().microphone).toBe(false);
  });

  test("a device that cannot be taken leaves the one before", async () => {
    const { session, room, state } = await inside();
    room.failures.set("camera", failing("NotReadableError"));
    await session.setDevice("camera", "second");
    expect(state()).toMatchObject({ trouble: "camera_in_use", devices: { camera: null } });
  });
});

describe("a connection that is lost", () => {
  test("comes back by itself, first by the library", async () => {
    const { room, state } = await inside();
    room.tell({ kind: "reconnecting" });
    expect(state().phase).toBe("reconnecting");
    room.tell({ kind: "reconnected" });
    expect(state().phase).toBe("connected");
  });

  test("is made anew with a new ticket and what was on before", async () => {
    const { session, room, rooms, clock, state, door } = await inside();
    await session.setHand(true);
    room.tell({ kind: "ended", cause: "lost" });
    await settled();
    expect(state()).toMatchObject({ phase: "reconnecting", microphone: true });
    await clock.step();
    expect(rooms[1]?.done).toEqual([
      "connect t2",
      "hushed false",
      'attributes {"hand":"1000000"}',
      "microphone true",
    ]);
    expect(state().phase).toBe("connected");
    expect(door.told).toEqual(["entered"]);
  });

  test("is tried until patience ends", async () => {
    const { room, rooms, prepare, clock, state } = await inside();
    for (let index = 0; index < 60; index += 1)
      prepare.push((next) => next.failures.set("connect", failing("ConnectionError")));
    room.tell({ kind: "ended", cause: "lost" });
    for (let turn = 0; turn < 60 && state().phase === "reconnecting"; turn += 1) {
      await settled();
      await clock.step();
    }
    expect(state()).toMatchObject({ phase: "failed", trouble: "unreachable" });
    expect(rooms.length).toBeGreaterThan(20);
  });

  test("who is told to go does not come back", async () => {
    const { room, rooms, state, door } = await inside();
    room.tell({ kind: "ended", cause: "removed" });
    await settled();
    expect(state()).toMatchObject({ phase: "removed", trouble: null });
    expect(door.told).toEqual(["entered", "left"]);
    expect(rooms).toHaveLength(1);
  });

  test("whose device sent far too much hears so, and does not come back either", async () => {
    const { room, rooms, state, door } = await inside();
    room.tell({ kind: "ended", cause: "flooded" });
    await settled();
    expect(state()).toMatchObject({ phase: "failed", trouble: "flooded" });
    expect(door.told).toEqual(["entered", "left"]);
    expect(rooms).toHaveLength(1);
  });

  test("leaving in the middle of it ends it", async () => {
    const { session, room, rooms, clock, state } = await inside();
    room.tell({ kind: "ended", cause: "lost" });
    await settled();
    await session.leave();
    await clock.step();
    expect(state().phase).toBe("left");
    expect(rooms).toHaveLength(1);
  });
});

/** Breakout rooms that the test divides the meeting into. */
function divisible() {
  const told: { listener: ((arrangement: Arrangement) => void) | null } = { listener: null };
  const now = { arrangement: NO_ROOMS };
  const breakouts: Breakouts = {
    read: async () => now.arrangement,
    follow: (listener) => {
      told.listener = listener;
      return () => (told.listener = null);
    },
  };
  const divide = async (mine: string | null, ...ids: string[]): Promise<void> => {
    const rooms = ids.map((id) => ({ id, name: `Room ${id}`, people: [], inside: [] }));
    now.arrangement = { ...NO_ROOMS, mine, rooms };
    told.listener?.(now.arrangement);
    await settled();
  };
  return { breakouts, divide, now, told };
}

/** Inside a meeting that can be divided; its door lets nobody into the rooms in `closed`. */
async function dividedInside(mine: string | null = null, ...ids: string[]) {
  const meeting = divisible();
  await meeting.divide(mine, ...ids);
  const closed = new Set<string | null>();
  const door = fakeDoor({ breakouts: meeting.breakouts });
  const { ticket } = door;
  door.ticket = async (place) => {
    if (closed.has(place)) throw new DoorTrouble("not_allowed");
    return ticket(place);
  };
  const set = await inside({ camera: true }, door);
  return { ...set, ...meeting, closed };
}

describe("breakout rooms", () => {
  test("one goes where one is put, with everything as it is, and says nothing of it at the door", async () => {
    const { session, rooms, room, divide, state, door, clock } = await dividedInside();
    await session.setHand(true);
    await session.setDevice("microphone", "second");
    room.others = [person("@a:localhost:A")];
    clock.time += 60_000;
    await divide("b1", "b1", "b2");
    expect(room.done.at(-1)).toBe("close");
    expect(rooms[1]?.done).toEqual([
      "connect t2 to b1",
      "hushed false",
      'attributes {"hand":"1000000"}',
      "microphone true",
      "camera true",
    ]);
    expect(state()).toMatchObject({ phase: "connected", place: "b1", joinedAt: 1_000_000, hand: 1_000_000 });
    expect(state().devices.microphone).toBe("second");
    expect(state().participants.map((each) => each.identity)).toEqual(["@me:localhost:HERE"]);
    expect(door.told).toEqual(["entered"]);
  });

  test("on the way one sees oneself, and not an empty meeting or the others for whom one is gone", async () => {
    const { session, room, prepare, state } = await dividedInside(null, "b1");
    room.others = [person("@a:localhost:A")];
    room.tell({ kind: "changed" });
    await settled();
    const slow: { connect?: () => void } = {};
    prepare.push((next) => {
      next.connect = () => new Promise((done) => (slow.connect = done));
    });
    void session.move("b1");
    expect(state()).toMatchObject({ phase: "moving", place: "b1" });
    expect(state().participants).toHaveLength(2);
    await settled();
    expect(state().phase).toBe("moving");
    expect(state().participants.map((each) => [each.me, each.camera])).toEqual([[true, null]]);
    slow.connect?.();
    await settled();
    expect(state().phase).toBe("connected");
  });

  test("who comes while the meeting is divided comes into their room at once", async () => {
    const { rooms, state } = await dividedInside("b1", "b1");
    expect(rooms.map((room) => room.done[0])).toEqual(["connect t1 to b1"]);
    expect(state()).toMatchObject({ phase: "connected", place: "b1" });
  });

  test("a room that has closed meanwhile keeps nobody out of the meeting", async () => {
    const meeting = divisible();
    await meeting.divide("b1", "b1");
    const door = fakeDoor({ breakouts: meeting.breakouts });
    const { ticket } = door;
    door.ticket = async (place) => {
      if (place !== null) throw new DoorTrouble("not_allowed");
      return ticket(place);
    };
    const { session, state, clock } = setUp({}, door);
    const joining = session.join();
    await settled();
    await clock.step();
    await joining;
    expect(state()).toMatchObject({ phase: "connected", place: null, trouble: null });
  });

  test("all are back in the main room when the rooms close, whoever says so first", async () => {
    const { rooms, divide, state } = await dividedInside("b1", "b1");
    await divide(null);
    rooms[0]?.tell({ kind: "ended", cause: "ended" });
    await settled();
    expect(rooms.map((room) => room.done[0])).toEqual(["connect t1 to b1", "connect t2"]);
    expect(state()).toMatchObject({ phase: "connected", place: null });
  });

  test.each(["ended", "removed"] as const)(
    "a breakout room in which one is told %s leads to where one belongs",
    async (cause) => {
      const { rooms, now, state, clock, door } = await dividedInside("b1", "b1", "b2");
      now.arrangement = { ...now.arrangement, mine: "b2" };
      rooms[0]?.tell({ kind: "ended", cause });
      await settled();
      expect(state().phase).toBe("moving");
      await clock.step();
      expect(rooms[1]?.done[0]).toBe("connect t2 to b2");
      expect(state()).toMatchObject({ phase: "connected", place: "b2", trouble: null });
      expect(door.told).toEqual(["entered"]);
    },
  );

  test("who is removed from the meeting while in a breakout room is out", async () => {
    const { rooms, closed, state, clock } = await dividedInside("b1", "b1");
    closed.add("b1").add(null);
    rooms[0]?.tell({ kind: "ended", cause: "removed" });
    for (let turn = 0; turn < 3; turn += 1) {
      await settled();
      await clock.step();
    }
    expect(state()).toMatchObject({ phase: "removed", trouble: null });
  });

  test("who may not enter another room stays where they are", async () => {
    const { session, rooms, room, closed, state, clock } = await dividedInside(null, "b1");
    closed.add("b1").add(null);
    void session.move("b1");
    await settled();
    expect(state()).toMatchObject({ phase: "connected", place: null });
    expect(room.done).not.toContain("close");
    await clock.step();
    expect(rooms.filter((each) => each.done.includes("connect t2 to b1"))).toEqual([]);
  });

  test("a room that cannot be reached is given up after a while, with a word", async () => {
    const { session, door, room, state, clock } = await dividedInside(null, "b1");
    door.ticket = () => Promise.reject(new DoorTrouble("unreachable"));
    void session.move("b1");
    for (let turn = 0; turn < 10 && state().phase === "moving"; turn += 1) {
      await settled();
      await clock.step();
    }
    expect(state()).toMatchObject({ phase: "connected", place: null, trouble: "unreachable" });
    expect(room.done).not.toContain("close");
  });

  test("who is put elsewhere on the way goes there", async () => {
    const { session, rooms, divide, state } = await dividedInside(null, "b1", "b2");
    void session.move("b1");
    await divide("b2", "b1", "b2");
    expect(rooms.at(-1)?.done[0]).toBe("connect t3 to b2");
    expect(rooms[1]?.done).toEqual(["close"]);
    expect(state()).toMatchObject({ phase: "connected", place: "b2" });
  });

  test("a microphone that the old room refuses on the way out stays on", async () => {
    const { session, room, rooms, state } = await dividedInside(null, "b1");
    const slow: { fail?: () => void } = {};
    room.setMicrophone = () =>
      new Promise((_, fail) => (slow.fail = () => fail(failing("UnexpectedConnectionState"))));
    void session.setMicrophone(true);
    await session.move("b1");
    slow.fail?.();
    await settled();
    expect(state()).toMatchObject({ microphone: true, trouble: null });
    expect(rooms[1]?.done).toContain("microphone true");
  });

  test("a connection that is lost in a breakout room is made anew there", async () => {
    const { rooms, clock, state } = await dividedInside("b1", "b1");
    rooms[0]?.tell({ kind: "ended", cause: "lost" });
    await settled();
    expect(state().phase).toBe("reconnecting");
    await clock.step();
    expect(rooms[1]?.done[0]).toBe("connect t2 to b1");
  });

  test("after the meeting nobody is moved", async () => {
    const { session, rooms, told, state } = await dividedInside(null, "b1");
    await session.leave();
    expect(told.listener).toBeNull();
    await session.move("b1");
    expect(rooms).toHaveLength(1);
    expect(state().phase).toBe("left");
  });
});

/** A meeting with somebody whose hand and reactions do not come through the SFU. */
async function signedInside(choices: { breakouts?: Breakouts } = {}) {
  const said: string[] = [];
  const heard: { listener: SignsListener | null } = { listener: null };
  const hands = new Map<string, number>();
  const signs: Signs = {
    follow: (listener) => {
      heard.listener = listener;
      return () => (heard.listener = null);
    },
    handOf: (identity) => hands.get(identity) ?? null,
    setHand: (up) => void said.push(up ? "up" : "down"),
    react: (emoji) => void said.push(emoji),
  };
  const set = await inside({}, fakeDoor({ signs, ...choices }));
  set.room.others = [person("@b:localhost:EC", { name: "Bruno" })];
  set.room.tell({ kind: "changed" });
  await settled();
  said.length = 0;
  const bruno = () => set.state().participants.find((each) => each.name === "Bruno");
  return { ...set, said, heard, hands, bruno };
}

describe("signs past the SFU", () => {
  test("raise a hand, once with the one of the attributes, and take it down", async () => {
    const { hands, heard, bruno, room } = await signedInside();
    hands.set("@b:localhost:EC", 7);
    heard.listener?.onHands();
    await settled();
    expect(bruno()?.hand).toBe(7);
    room.others = [person("@b:localhost:EC", { name: "Bruno", attributes: { hand: "9" } })];
    heard.listener?.onHands();
    await settled();
    expect(bruno()?.hand).toBe(9);
    room.others = [person("@b:localhost:EC", { name: "Bruno" })];
    hands.clear();
    heard.listener?.onHands();
    await settled();
    expect(bruno()?.hand).toBeNull();
  });

  test("show reactions of those who are there", async () => {
    const { heard, state } = await signedInside();
    heard.listener?.onReaction("@b:localhost:EC", "🎉");
    heard.listener?.onReaction("@nobody:localhost:EC", "🎉");
    expect(state().reactions.map(({ name, emoji }) => [name, emoji])).toEqual([["Bruno", "🎉"]]);
  });

  test("say one's own hand and reactions, too", async () => {
    const { session, said } = await signedInside();
    await session.setHand(true);
    await session.react("👍");
    await session.setHand(false);
    expect(said.filter((word, index) => word !== said[index - 1])).toEqual(["up", "👍", "down"]);
  });

  test("do not say a hand that could not be raised", async () => {
    const { session, said, room } = await signedInside();
    room.failures.set("attributes", failing("ConnectionError"));
    await session.setHand(true);
    expect(said).toEqual(["up", "down"]);
  });

  test("lower one's own hand for the SFU, too", async () => {
    const { session, heard, room, state } = await signedInside();
    await session.setHand(true);
    heard.listener?.onLowered();
    await settled();
    expect(state().hand).toBeNull();
    expect(room.done.at(-1)).toBe('attributes {"hand":""}');
  });

  test("say nothing of what is for a breakout room", async () => {
    const { breakouts, divide } = divisible();
    await divide(null, "b1");
    const { session, said } = await signedInside({ breakouts });
    await session.setHand(true);
    await session.move("b1");
    await session.react("👍");
    expect(said.at(-1)).toBe("down");
    await session.move(null);
    expect(said.at(-1)).toBe("up");
    expect(said).not.toContain("👍");
  });

  test("end with the meeting", async () => {
    const { session, heard } = await signedInside();
    await session.leave();
    expect(heard.listener).toBeNull();
  });
});

test("keys are begun anew in each room", async () => {
  const heard: string[] = [];
  const encryption = {
    start: () => {
      heard.push("start");
      return () => void heard.push("end");
    },
  };
  const { session } = await inside({ encrypted: true }, fakeDoor({ encryption }));
  await session.move("b1");
  expect(heard).toEqual(["start", "end", "start"]);
});

test("keys come to the room as long as the connection stands", async () => {
  const keys: { deliver: ((identity: string) => void) | null } = { deliver: null };
  const encryption = {
    start: (deliver: (identity: string, key: Uint8Array<ArrayBuffer>, index: number) => void) => {
      keys.deliver = (identity) => deliver(identity, new Uint8Array(16), 0);
      return () => {
        keys.deliver = null;
      };
    },
  };
  const { session, room } = await inside({ encrypted: true }, fakeDoor({ encryption }));
  keys.deliver?.("@a:localhost:A");
  expect(room.done).toContain("key @a:localhost:A");
  await session.leave();
  expect(keys.deliver).toBeNull();
});

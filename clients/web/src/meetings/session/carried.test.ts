import { describe, expect, test } from "vitest";
import { NO_ROOMS } from "../breakouts/places";
import { Carried, type Device, DEVICES } from "./carried";
import { CHOICES, fakeDoor, FakeRoom, FakeTrack } from "./fakeMedia";
import { MeetingSession } from "./session";
import type { Arrangement } from "./types";

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};

describe("what is carried", () => {
  test("is given away once, with all that belongs to a device", () => {
    const carried = new Carried();
    const [picture, sound] = [new FakeTrack("screen_share"), new FakeTrack("screen_share_audio")];
    for (const track of [picture, sound, new FakeTrack("camera")]) carried.put(track);
    expect(carried.take("screen")).toEqual([picture, sound]);
    expect(carried.take("screen")).toEqual([]);
    expect(carried.has("camera")).toBe(true);
  });

  test("is not given away when it has ended on the way", () => {
    const carried = new Carried();
    const camera = new FakeTrack("camera");
    carried.put(camera);
    camera.stop();
    expect(carried.has("camera")).toBe(false);
    expect(carried.take("camera")).toEqual([]);
  });

  test("is stopped at the end, and what comes later, too", () => {
    const carried = new Carried();
    const [early, late] = [new FakeTrack("camera"), new FakeTrack("microphone")];
    carried.put(early);
    carried.close();
    carried.put(late);
    expect([early.open, late.open]).toEqual([false, false]);
  });
});

/** In the main room of a meeting with the rooms b1 and b2, with everything on. */
async function sharing() {
  const rooms: FakeRoom[] = [];
  const opened = { prepare: (_room: FakeRoom): void => undefined };
  const waiting: (() => void)[] = [];
  const divided: Arrangement = {
    ...NO_ROOMS,
    rooms: ["b1", "b2"].map((id) => ({ id, name: id, people: [], inside: [] })),
  };
  const session = new MeetingSession(
    fakeDoor({ breakouts: { read: async () => divided, follow: () => () => undefined } }),
    { ...CHOICES, camera: true },
    async (_choices, carried) => {
      const room = new FakeRoom(carried);
      opened.prepare(room);
      rooms.push(room);
      return room;
    },
    { now: () => 0, wait: () => new Promise((done) => waiting.push(done)) },
  );
  await session.join();
  const [room] = rooms as [FakeRoom];
  await session.setScreen(true);
  await settled();
  const tracks = Object.fromEntries(room.tracks) as Record<Device, FakeTrack>;
  const step = async (): Promise<void> => {
    await settled();
    for (const done of waiting.splice(0)) done();
    await settled();
  };
  return { session, rooms, opened, room, tracks, step, state: () => session.store.get() };
}

/** The rooms to come are connected when the test says so. */
function slowly(opened: { prepare: (room: FakeRoom) => void }): () => Promise<void> {
  const waiting: (() => void)[] = [];
  opened.prepare = (room) => {
    const connect = room.connect.bind(room);
    room.connect = async (ticket) => {
      await new Promise<void>((done) => waiting.push(done));
      await connect(ticket);
    };
  };
  return async () => {
    for (const done of waiting.splice(0)) done();
    await settled();
  };
}

const open = (tracks: Record<string, FakeTrack>): string[] =>
  Object.keys(tracks).filter((device) => tracks[device]?.open);

describe("a move to another room", () => {
  test("takes microphone and camera along as they are, and leaves the screen to whom it was shown", async () => {
    const { session, rooms, tracks, state } = await sharing();
    await session.move("b1");
    expect(Object.fromEntries(rooms[1]?.tracks ?? [])).toEqual({
      microphone: tracks.microphone,
      camera: tracks.camera,
    });
    expect(open(tracks)).toEqual(["microphone", "camera"]);
    expect(rooms[1]?.done).not.toContain("screen true");
    expect(state()).toMatchObject({ microphone: true, camera: true, screen: false });
  });

  test("ends what was switched off before, or is on the way", async () => {
    const { session, rooms, opened, tracks, state } = await sharing();
    await session.setMicrophone(false);
    const connect = slowly(opened);
    const moving = session.move("b1");
    await settled();
    expect(open(tracks)).toEqual(["camera"]);
    await session.setCamera(false);
    expect(open(tracks)).toEqual([]);
    await connect();
    await moving;
    expect(rooms[1]?.tracks.size).toBe(0);
    expect(state()).toMatchObject({ microphone: false, camera: false });
  });

  test("asks for another camera that was chosen on the way", async () => {
    const { session, rooms, opened, tracks } = await sharing();
    const connect = slowly(opened);
    const moving = session.move("b1");
    await settled();
    await session.setDevice("camera", "second");
    await connect();
    await moving;
    expect(open(tracks)).toEqual(["microphone"]);
    expect(rooms[1]?.tracks.get("camera")).not.toBe(tracks.camera);
  });

  test("leaves nothing open when the person leaves in the middle of it", async () => {
    const { session, opened, tracks } = await sharing();
    slowly(opened);
    void session.move("b1");
    await settled();
    await session.leave();
    expect(open(tracks)).toEqual([]);
  });

  test("ends a screen that waited for the connection to come back", async () => {
    const { session, room, rooms, tracks, step, state } = await sharing();
    room.tell({ kind: "ended", cause: "lost" });
    await settled();
    expect(open(tracks)).toEqual([...DEVICES]);
    const moving = session.move("b1");
    expect(open(tracks)).toEqual(["microphone", "camera"]);
    await step();
    await moving;
    expect(rooms.at(-1)?.tracks.get("camera")).toBe(tracks.camera);
    expect(state()).toMatchObject({ place: "b1", screen: false });
  });
});

describe("a connection that is made anew", () => {
  test("goes on with everything, the screen too", async () => {
    const { room, rooms, tracks, step, state } = await sharing();
    room.tell({ kind: "ended", cause: "lost" });
    await step();
    expect(Object.fromEntries(rooms[1]?.tracks ?? [])).toEqual(tracks);
    expect(state()).toMatchObject({ phase: "connected", microphone: true, camera: true, screen: true });
  });

  test("goes on with everything after several tries", async () => {
    const { room, rooms, opened, tracks, step } = await sharing();
    opened.prepare = (next) => {
      if (rooms.length < 4) next.failures.set("connect", new Error("no way there"));
    };
    room.tell({ kind: "ended", cause: "lost" });
    for (let turn = 0; turn < 5; turn += 1) await step();
    expect(rooms).toHaveLength(5);
    expect(Object.fromEntries(rooms[4]?.tracks ?? [])).toEqual(tracks);
  });

  test("does not ask for a screen that was ended meanwhile", async () => {
    const { room, rooms, tracks, step, state } = await sharing();
    room.tell({ kind: "ended", cause: "lost" });
    await settled();
    tracks.screen.stop();
    await step();
    expect(rooms[1]?.done).not.toContain("screen true");
    expect(state().screen).toBe(false);
  });

  test("is not waited for with anything open by who leaves", async () => {
    const { session, room, tracks, step } = await sharing();
    room.tell({ kind: "ended", cause: "lost" });
    await settled();
    await session.leave();
    expect(open(tracks)).toEqual([]);
    await step();
  });

  test("does not switch off in our eyes what the library sends again", async () => {
    const { room, state } = await sharing();
    room.tell({ kind: "reconnecting" });
    room.me = { ...room.me, microphone: false, cameraOn: false };
    room.tell({ kind: "changed" });
    await settled();
    expect(state()).toMatchObject({ microphone: true, camera: true });
    room.me = { ...room.me, cameraOn: true };
    room.tell({ kind: "reconnected" });
    await settled();
    expect(state()).toMatchObject({ microphone: false, camera: true });
  });
});

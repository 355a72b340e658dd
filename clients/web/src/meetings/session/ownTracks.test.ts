import { type LocalParticipant, type LocalTrack, ParticipantEvent } from "livekit-client";
import { expect, test } from "vitest";
import { FakeTrack } from "./fakeMedia";
import { OwnTracks } from "./ownTracks";

/** What the library knows of a track. */
class Local extends FakeTrack {
  isMuted = false;
  isStopped = false;
  restarts = 0;

  override stop(): void {
    super.stop();
    this.isStopped = true;
  }

  restartTrack = async (): Promise<void> => void (this.restarts += 1);
  mute = async (): Promise<void> => void (this.isMuted = true);
  get local(): LocalTrack {
    return this as unknown as LocalTrack;
  }
}

/** The library's own participant, as far as it concerns its tracks. */
class Me {
  readonly trackPublications = new Map<Local, { track: Local }>();
  /** Whether the way to the others is broken. */
  broken = false;
  /** What publishing waits for. */
  ready: Promise<unknown> = Promise.resolve();
  readonly restarting: boolean[] = [];
  private readonly listeners = new Map<string, ((publication: { track: Local }) => void)[]>();

  on(event: string, listener: (publication: { track: Local }) => void): void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }

  async publishTrack(track: Local): Promise<void> {
    await this.ready;
    if (this.broken) throw new Error("not connected");
    this.trackPublications.set(track, { track });
    this.tell(ParticipantEvent.LocalTrackPublished, track);
  }

  async unpublishTrack(track: Local): Promise<void> {
    this.trackPublications.delete(track);
    this.tell(ParticipantEvent.LocalTrackUnpublished, track);
  }

  async republishAllTracks(_options: unknown, restart: boolean): Promise<void> {
    this.restarting.push(restart);
    const tracks = [...this.trackPublications.keys()];
    for (const track of tracks) void this.unpublishTrack(track);
    await Promise.all(tracks.map((track) => this.publishTrack(track)));
  }

  private tell(event: string, track: Local): void {
    for (const listener of this.listeners.get(event) ?? []) listener({ track });
  }
}

function setUp() {
  const me = new Me();
  const connection = { ended: false };
  const own = new OwnTracks(me as unknown as LocalParticipant, () => connection.ended);
  const publish = async (source: string): Promise<Local> => {
    const track = new Local(source);
    await me.publishTrack(track);
    return track;
  };
  /** As the library does it after a full reconnect. */
  const reconnected = (): Promise<void> => me.republishAllTracks(undefined, true);
  const sent = (): string[] => [...me.trackPublications.keys()].map((track) => track.source);
  return { me, own, connection, publish, reconnected, sent };
}

test("after a full reconnect what is open is sent as it is", async () => {
  const { me, publish, reconnected, sent } = setUp();
  const tracks = [await publish("camera"), await publish("microphone"), await publish("screen_share")];
  await reconnected();
  expect(sent()).toEqual(["camera", "microphone", "screen_share"]);
  expect(me.restarting).toEqual([false]);
  expect(tracks.map((track) => [track.open, track.restarts])).toEqual([
    [true, 0],
    [true, 0],
    [true, 0],
  ]);
});

test("what has ended is opened anew, but a screen is not asked for again", async () => {
  const { publish, reconnected, sent } = setUp();
  const [camera, screen] = [await publish("camera"), await publish("screen_share")];
  // By itself: nobody stopped it.
  for (const track of [camera, screen]) FakeTrack.prototype.stop.call(track);
  await reconnected();
  expect(camera.restarts).toBe(1);
  expect(sent()).toEqual(["camera"]);
  expect(screen.isStopped).toBe(true);
});

test("a muted camera stays as dark as it was", async () => {
  const { publish, reconnected, sent } = setUp();
  const camera = await publish("camera");
  FakeTrack.prototype.stop.call(camera);
  await camera.mute();
  await reconnected();
  expect(camera.restarts).toBe(0);
  expect(sent()).toEqual(["camera"]);
});

test("a device that does not come again is off", async () => {
  const { publish, reconnected } = setUp();
  const camera = await publish("camera");
  FakeTrack.prototype.stop.call(camera);
  camera.restartTrack = () => Promise.reject(new DOMException("in use", "NotReadableError"));
  await reconnected();
  expect(camera.isMuted).toBe(true);
});

test("what a connection left unsent that broke again is sent by the next one", async () => {
  const { me, own, publish, reconnected, sent } = setUp();
  const camera = await publish("camera");
  me.broken = true;
  await expect(reconnected()).rejects.toThrow("not connected");
  expect(sent()).toEqual([]);
  me.broken = false;
  await reconnected();
  await own.resend();
  expect(sent()).toEqual(["camera"]);
  expect(camera.open).toBe(true);
});

test("what was switched off meanwhile is not sent any more, and its light goes out", async () => {
  const { me, own, publish, reconnected, sent } = setUp();
  const camera = await publish("camera");
  me.broken = true;
  await expect(reconnected()).rejects.toThrow("not connected");
  own.giveUp("camera");
  expect(camera.open).toBe(false);
  me.broken = false;
  await own.resend();
  expect(sent()).toEqual([]);
});

test("a track that waits for its effect is not sent without it", async () => {
  const { own, sent } = setUp();
  const camera = new Local("camera");
  own.adopt(camera.local);
  await own.resend();
  expect(sent()).toEqual([]);
  await own.send(camera.local);
  expect(sent()).toEqual(["camera"]);
});

test("what is switched off while it is being sent is taken back", async () => {
  const { me, own, sent } = setUp();
  const go = { on: (): void => undefined };
  me.ready = new Promise<void>((done) => (go.on = done));
  const camera = new Local("camera");
  const sending = own.send(camera.local);
  own.giveUp("camera");
  expect(camera.open).toBe(false);
  go.on();
  await sending;
  expect(sent()).toEqual([]);
});

test("what the library takes back while the connection stands is stopped", async () => {
  const { me, publish } = setUp();
  const screen = await publish("screen_share");
  await me.unpublishTrack(screen);
  expect(screen.open).toBe(false);
});

test("the end of a connection leaves open what is asked for, and nothing else", async () => {
  const { me, own, connection, publish } = setUp();
  const [camera, microphone, screen] = [
    await publish("camera"),
    await publish("microphone"),
    await publish("screen_share"),
  ];
  // All is unpublished first, then said that it has ended.
  const gone = [camera, microphone, screen].map((track) => me.unpublishTrack(track));
  connection.ended = true;
  await Promise.all(gone);
  expect([camera, microphone, screen].map((track) => track.open)).toEqual([true, true, true]);
  expect(own.release(["camera", "microphone"])).toEqual([camera, microphone]);
  expect([camera, microphone, screen].map((track) => track.open)).toEqual([true, true, false]);
});

test("hanging up stops everything, and what the library still opens", async () => {
  const { own, publish } = setUp();
  const camera = await publish("camera");
  expect(own.release([])).toEqual([]);
  const late = await publish("microphone");
  expect([camera.open, late.open]).toEqual([false, false]);
});

test("nothing that is muted, or that the library still works at, goes to another room", async () => {
  const { me, own, publish } = setUp();
  const microphone = await publish("microphone");
  await microphone.mute();
  me.ready = new Promise(() => undefined);
  const camera = new Local("camera");
  void own.send(camera.local);
  expect(own.release(["camera", "microphone"])).toEqual([]);
  expect([camera.open, microphone.open]).toEqual([false, false]);
});

import type { Carried, Device, OpenTrack } from "./carried";
import type { MediaNews, MediaPerson, MediaRoom } from "./media";
import type { JoinChoices, MeetingDoor, Ticket } from "./types";

export const CHOICES: JoinChoices = {
  microphone: true,
  camera: false,
  microphoneId: null,
  cameraId: null,
  speakerId: null,
  effect: { kind: "none" },
  encrypted: false,
};

export function person(identity: string, more: Partial<MediaPerson> = {}): MediaPerson {
  return {
    identity,
    name: "",
    me: false,
    speaking: false,
    quality: "good",
    microphone: false,
    cameraOn: false,
    camera: null,
    screenOn: false,
    screen: null,
    attributes: {},
    joinedAt: 0,
    ...more,
  };
}

/** A device that is open until it is stopped. */
export class FakeTrack implements OpenTrack {
  private readyState: MediaStreamTrackState = "live";
  readonly mediaStream: MediaStream;

  constructor(readonly source: string) {
    const track = this as unknown as MediaStreamTrack;
    this.mediaStream = { getTracks: () => [track] } as unknown as MediaStream;
  }

  get open(): boolean {
    return this.readyState === "live";
  }

  stop(): void {
    this.readyState = "ended";
  }
}

const SOURCES: Record<Device, string> = {
  microphone: "microphone",
  camera: "camera",
  screen: "screen_share",
};

/** A room in memory: who is in it and what fails is set by the test. */
export class FakeRoom implements MediaRoom {
  readonly done: string[] = [];
  others: MediaPerson[] = [];
  me = person("@me:localhost:HERE", { me: true });
  /** Errors that the next command of this name throws. */
  readonly failures = new Map<string, unknown>();
  /** What is open for it. */
  readonly tracks = new Map<Device, OpenTrack>();
  private connected = false;
  private readonly listeners = new Set<(news: MediaNews) => void>();

  constructor(private readonly carried: Carried | null = null) {}

  tell(news: MediaNews): void {
    for (const listener of [...this.listeners]) listener(news);
  }

  people(): readonly MediaPerson[] {
    return this.connected ? [this.me, ...this.others] : [];
  }

  async connect(ticket: Ticket): Promise<void> {
    await this.command("connect", ticket.token);
    this.connected = true;
    this.tell({ kind: "connected", me: this.me.identity });
  }

  async close(keep: readonly Device[] = []): Promise<void> {
    for (const [device, track] of this.tracks) {
      if (keep.includes(device)) this.carried?.put(track);
      else track.stop();
    }
    this.tracks.clear();
    await this.command("close");
    this.connected = false;
  }

  async setMicrophone(on: boolean): Promise<void> {
    await this.command("microphone", on);
    this.turn("microphone", on);
    this.me = { ...this.me, microphone: on };
  }

  async setCamera(on: boolean): Promise<void> {
    await this.command("camera", on);
    this.turn("camera", on);
    this.me = { ...this.me, cameraOn: on };
  }

  async setScreen(on: boolean): Promise<void> {
    await this.command("screen", on);
    this.turn("screen", on);
    this.me = { ...this.me, screenOn: on };
  }

  setEffect = (): Promise<void> => this.command("effect");
  setDevice = (kind: string, id: string | null): Promise<void> => this.command(kind, id);
  setKey = (identity: string): Promise<void> => this.command("key", identity);
  startAudio = (): Promise<void> => this.command("audio");
  setHushed = (hushed: boolean): void => void this.done.push(`hushed ${hushed}`);

  async setAttributes(attributes: Record<string, string>): Promise<void> {
    await this.command("attributes", JSON.stringify(attributes));
    this.me = { ...this.me, attributes: { ...this.me.attributes, ...attributes } };
  }

  send = (topic: string, payload: Uint8Array): Promise<void> =>
    this.command(topic, new TextDecoder().decode(payload));

  subscribe(listener: (news: MediaNews) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private turn(device: Device, on: boolean): void {
    const known = on ? (this.tracks.get(device) ?? this.carried?.take(device)[0]) : undefined;
    if (!on) this.tracks.get(device)?.stop();
    this.tracks.delete(device);
    if (on) this.tracks.set(device, known ?? new FakeTrack(SOURCES[device]));
  }

  private async command(name: string, detail: unknown = ""): Promise<void> {
    this.done.push(`${name} ${String(detail)}`.trim());
    const failure = this.failures.get(name);
    this.failures.delete(name);
    if (failure) throw failure;
  }
}

/** A door that notes what it is told. */
export function fakeDoor(more: Partial<MeetingDoor> = {}): MeetingDoor & { told: string[] } {
  const told: string[] = [];
  let tickets = 0;
  return {
    told,
    key: "!room",
    title: "Team",
    roomId: "!room",
    chat: null,
    moderation: null,
    encryption: null,
    breakouts: null,
    signs: null,
    ticket: async (place) => {
      const token = `t${++tickets}${place === null ? "" : ` to ${place}`}`;
      return { url: "ws://sfu", token, identity: "@me:localhost:HERE" };
    },
    entered: async () => void told.push("entered"),
    left: async () => void told.push("left"),
    ...more,
  };
}

import {
  AudioPresets,
  ConnectionQuality,
  ConnectionState,
  DefaultReconnectPolicy,
  DisconnectReason,
  LocalTrack,
  LocalVideoTrack,
  ParticipantEvent,
  Room,
  RoomEvent,
  setLogLevel,
  Track,
  VideoPresets,
  type Participant,
  type RemoteTrack,
  type RoomOptions,
  type ScreenShareCaptureOptions,
} from "livekit-client";
import { devices } from "../../devices/devices";
import type { Carried, Device } from "./carried";
import type { EndCause, MediaNews, MediaPerson, MediaRoom } from "./media";
import type { Keyring } from "./keyring";
import { OwnTracks } from "./ownTracks";
import type { DeviceKind, EffectChoice, JoinChoices, Quality, Ticket, VideoFeed } from "./types";

const CAUSES: Partial<Record<DisconnectReason, EndCause>> = {
  [DisconnectReason.PARTICIPANT_REMOVED]: "removed",
  [DisconnectReason.DUPLICATE_IDENTITY]: "replaced",
  [DisconnectReason.ROOM_DELETED]: "ended",
  [DisconnectReason.ROOM_CLOSED]: "ended",
};

const QUALITIES: Record<ConnectionQuality, Quality> = {
  [ConnectionQuality.Excellent]: "excellent",
  [ConnectionQuality.Good]: "good",
  [ConnectionQuality.Poor]: "poor",
  [ConnectionQuality.Lost]: "lost",
  [ConnectionQuality.Unknown]: "unknown",
};

const DEVICES: Record<DeviceKind, MediaDeviceKind> = {
  microphone: "audioinput",
  camera: "videoinput",
  speaker: "audiooutput",
};

/** What changes the picture of the participants and nothing else. */
const CHANGES = [
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantAttributesChanged,
  RoomEvent.ConnectionQualityChanged,
] as const;

// The library tells of each step: only what went wrong is worth the console.
setLogLevel("error");

const SCREEN: ScreenShareCaptureOptions = {
  audio: true,
  contentHint: "detail",
  selfBrowserSurface: "include",
  surfaceSwitching: "include",
  systemAudio: "include",
};

/** How long after its first frames a key may come, and how far apart errors are of one trouble, in ms. */
const KEY_PATIENCE_MS = 8_000;
const GAP_MS = 4_000;

/**
 * When a lost connection is tried again, in ms after the last try, each a little sooner or later: often at first, as a
 * server that was started anew is there within seconds; then for minutes, as networks change.
 */
const RETRIES_MS = [0, 300, ...spans(10, 500), ...spans(10, 1_500), ...spans(40, 5_000)];

function spans(count: number, ms: number): number[] {
  return Array.from({ length: count }, () => ms);
}

/** The options that a choice makes; `keys` for a meeting with end-to-end encryption. */
export function roomOptions(choices: JoinChoices, keys: Keyring | null): RoomOptions {
  return {
    adaptiveStream: { pixelDensity: "screen" },
    dynacast: true,
    reconnectPolicy: new DefaultReconnectPolicy(RETRIES_MS),
    // `OwnTracks` stops them, or leaves them to the next room.
    stopLocalTrackOnUnpublish: false,
    audioCaptureDefaults: {
      ...deviceId(choices.microphoneId),
      noiseSuppression: devices.get().noiseSuppression,
      echoCancellation: true,
      autoGainControl: true,
    },
    videoCaptureDefaults: { ...deviceId(choices.cameraId), resolution: VideoPresets.h720.resolution },
    publishDefaults: { audioPreset: AudioPresets.speech, simulcast: true, videoCodec: "vp8" },
    ...(choices.speakerId ? { audioOutput: { deviceId: choices.speakerId } } : {}),
    ...(keys ? { e2ee: keys.options } : {}),
  };
}

function deviceId(id: string | null): { deviceId?: string } {
  return id ? { deviceId: id } : {};
}

/** A room of livekit-client as a session sees it. Sound plays in elements of its own, outside of React. */
export class LiveKitRoom implements MediaRoom {
  private readonly listeners = new Set<(news: MediaNews) => void>();
  private readonly speakers = document.createElement("div");
  private hushed = false;
  private closed = false;
  private readonly undecipherable = { since: 0, last: Number.NEGATIVE_INFINITY };
  private readonly own: OwnTracks;

  constructor(
    private readonly room: Room,
    private readonly keys: Keyring | null,
    private effect: EffectChoice,
    private readonly carried: Carried,
  ) {
    this.own = new OwnTracks(room.localParticipant, () => room.state === ConnectionState.Disconnected);
    this.speakers.hidden = true;
    this.follow();
  }

  async connect({ url, token }: Ticket): Promise<void> {
    document.body.append(this.speakers);
    await this.keys?.enable(this.room);
    await this.room.connect(url, token);
    this.tell({ kind: "connected", me: this.room.localParticipant.identity });
  }

  async close(keep: readonly Device[] = []): Promise<void> {
    this.closed = true;
    for (const track of this.own.release(keep)) this.carried.put(track);
    try {
      await this.room.disconnect(false);
    } finally {
      this.speakers.remove();
      this.keys?.close();
    }
  }

  people(): readonly MediaPerson[] {
    const { localParticipant: me, remoteParticipants } = this.room;
    if (!me.identity) return [];
    return [me, ...remoteParticipants.values()].map(readParticipant);
  }

  async setMicrophone(on: boolean): Promise<void> {
    await this.turn("microphone", on, () => this.room.localParticipant.setMicrophoneEnabled(on));
  }

  async setCamera(on: boolean): Promise<void> {
    await this.turn("camera", on, () => this.turnCamera(on));
  }

  async setScreen(on: boolean): Promise<void> {
    await this.turn("screen", on, () => this.room.localParticipant.setScreenShareEnabled(on, SCREEN));
  }

  async setEffect(effect: EffectChoice): Promise<void> {
    this.effect = effect;
    await this.applyEffect();
  }

  async setDevice(kind: DeviceKind, id: string | null): Promise<void> {
    await this.room.switchActiveDevice(DEVICES[kind], id ?? "default");
  }

  async setAttributes(attributes: Record<string, string>): Promise<void> {
    await this.room.localParticipant.setAttributes(attributes);
  }

  async send(topic: string, payload: Uint8Array<ArrayBuffer>, to?: readonly string[]): Promise<void> {
    const destination = to ? { destinationIdentities: [...to] } : {};
    await this.room.localParticipant.publishData(payload, { reliable: true, topic, ...destination });
  }

  async setKey(identity: string, key: Uint8Array<ArrayBuffer>, index: number): Promise<void> {
    await this.keys?.set(identity, key, index);
  }

  async startAudio(): Promise<void> {
    await this.room.startAudio();
  }

  setHushed(hushed: boolean): void {
    this.hushed = hushed;
    for (const element of this.speakers.querySelectorAll("audio")) element.muted = hushed;
  }

  subscribe(listener: (news: MediaNews) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(news: MediaNews): void {
    for (const listener of [...this.listeners]) listener(news);
  }

  private follow(): void {
    const { room } = this;
    const changed = (): void => this.tell({ kind: "changed" });
    for (const event of CHANGES) room.on(event, changed);
    // The volume's own event comes sooner than the room's list of speakers.
    room.localParticipant.on(ParticipantEvent.IsSpeakingChanged, changed);
    room.on(RoomEvent.TrackSubscribed, (track) => this.play(track));
    room.on(RoomEvent.TrackUnsubscribed, (track) => this.silence(track));
    room.on(RoomEvent.ParticipantConnected, ({ identity }) => this.tell({ kind: "joined", identity }));
    room.on(RoomEvent.ParticipantDisconnected, ({ identity }) => this.tell({ kind: "left", identity }));
    room.on(RoomEvent.Reconnecting, () => this.tell({ kind: "reconnecting" }));
    room.on(RoomEvent.SignalReconnecting, () => this.tell({ kind: "reconnecting" }));
    room.on(RoomEvent.Reconnected, () => {
      void this.own.resend();
      this.tell({ kind: "reconnected" });
    });
    room.on(RoomEvent.EncryptionError, () => this.onUndecipherable());
    room.on(RoomEvent.AudioPlaybackStatusChanged, () =>
      this.tell({ kind: "silent", silent: !room.canPlaybackAudio }),
    );
    room.on(RoomEvent.DataReceived, (payload, from, _kind, topic) => {
      if (from && topic) this.tell({ kind: "data", topic, from: from.identity, payload });
    });
    room.on(RoomEvent.Disconnected, (reason) => {
      const cause = causeOf(reason, room.localParticipant.attributes);
      if (!this.closed) this.tell({ kind: "ended", cause });
    });
  }

  /** Frames may come a little before their keys: only what goes on is worth a word. */
  private onUndecipherable(): void {
    const now = performance.now();
    if (now - this.undecipherable.last > GAP_MS) this.undecipherable.since = now;
    this.undecipherable.last = now;
    if (now - this.undecipherable.since > KEY_PATIENCE_MS) this.tell({ kind: "undecipherable" });
  }

  private play(track: RemoteTrack): void {
    if (track.kind === Track.Kind.Audio) {
      const element = track.attach() as HTMLAudioElement;
      element.muted = this.hushed;
      this.speakers.append(element);
    }
    this.tell({ kind: "changed" });
  }

  private silence(track: RemoteTrack): void {
    if (track.kind === Track.Kind.Audio) for (const element of track.detach()) element.remove();
    this.tell({ kind: "changed" });
  }

  /** What is open already is sent as it is, before anything is asked for. */
  private async turn(device: Device, on: boolean, ask: () => Promise<unknown>): Promise<void> {
    if (on) await this.sendOpen(device);
    await ask();
    if (!on) this.own.giveUp(device);
  }

  private async sendOpen(device: Device): Promise<void> {
    for (const track of this.carried.take(device)) if (track instanceof LocalTrack) this.own.adopt(track);
    const open = this.own.unsent(device);
    if (open.length === 0) return;
    try {
      // It may have been changed on the way.
      if (device === "camera") await this.applyEffect();
      for (const track of open) await this.own.send(track);
    } catch (error) {
      this.own.giveUp(device);
      throw error;
    }
  }

  private async turnCamera(on: boolean): Promise<void> {
    const { localParticipant: me } = this.room;
    const known = me.getTrackPublication(Track.Source.Camera);
    if (on && !known && this.effect.kind !== "none") {
      // Sent with its effect from the first frame: nobody sees what it is to hide.
      const { EffectProcessor } = await import("../effects/effects");
      await me.setCameraEnabled(on, { processor: new EffectProcessor(this.effect) });
      return;
    }
    await me.setCameraEnabled(on);
    if (on) await this.applyEffect();
  }

  private async applyEffect(): Promise<void> {
    const sent = this.room.localParticipant.getTrackPublication(Track.Source.Camera)?.videoTrack;
    const track = sent ?? this.own.unsent("camera").find((each) => each instanceof LocalVideoTrack);
    if (!track || (this.effect.kind === "none" && !track.getProcessor())) return;
    const { applyEffect } = await import("../effects/effects");
    await applyEffect(track, this.effect);
  }
}

/** LiveKit has no reason for who sent far too much: our SFU says it in an attribute, just before the goodbye. */
export function causeOf(
  reason: DisconnectReason | undefined,
  attributes: Readonly<Record<string, string>>,
): EndCause {
  if (reason === DisconnectReason.PARTICIPANT_REMOVED && attributes.put_out === "flood") return "flooded";
  return (reason === undefined ? undefined : CAUSES[reason]) ?? "lost";
}

function readParticipant(participant: Participant): MediaPerson {
  const microphone = participant.getTrackPublication(Track.Source.Microphone);
  const camera = participant.getTrackPublication(Track.Source.Camera);
  const screen = participant.getTrackPublication(Track.Source.ScreenShare);
  return {
    identity: participant.identity,
    name: participant.name ?? "",
    me: participant.isLocal,
    speaking: participant.isSpeaking,
    quality: QUALITIES[participant.connectionQuality] ?? "unknown",
    microphone: microphone !== undefined && !microphone.isMuted,
    cameraOn: camera !== undefined && !camera.isMuted,
    camera: camera?.isMuted ? null : feedOf(camera?.videoTrack),
    screenOn: screen !== undefined && !screen.isMuted,
    screen: screen?.isMuted ? null : feedOf(screen?.videoTrack),
    attributes: participant.attributes,
    joinedAt: participant.joinedAt?.getTime() ?? 0,
  };
}

const feeds = new WeakMap<Track, VideoFeed>();
let lastFeed = 0;

/** The same feed for the same track: its elements are not filled anew at each change. */
function feedOf(track: Track | undefined): VideoFeed | null {
  if (!track) return null;
  const known = feeds.get(track);
  if (known) return known;
  const feed: VideoFeed = {
    id: `feed-${++lastFeed}`,
    attach: (element) => void track.attach(element),
    detach: (element) => void track.detach(element),
  };
  feeds.set(track, feed);
  return feed;
}

/** Opens a room for these choices, with the encryption's worker only where it is wanted. */
export async function openLiveKit(choices: JoinChoices, carried: Carried): Promise<MediaRoom> {
  const keys = choices.encrypted ? (await import("./keyring")).createKeyring() : null;
  return new LiveKitRoom(new Room(roomOptions(choices, keys)), keys, choices.effect, carried);
}

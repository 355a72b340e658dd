import type { Store } from "../../state/store";

/** The shapes of a meeting, free of React, of Matrix and of the media library. */

export type EffectChoice =
  | { kind: "none" }
  | { kind: "blur"; strength: "light" | "strong" }
  | { kind: "picture"; id: string };

/** What a person chose before joining. A null device is the browser's default one. */
export interface JoinChoices {
  microphone: boolean;
  camera: boolean;
  microphoneId: string | null;
  cameraId: string | null;
  speakerId: string | null;
  effect: EffectChoice;
  encrypted: boolean;
}

/** Where the SFU is (`wss:`), the token for it, and who one is there. */
export interface Ticket {
  url: string;
  token: string;
  identity: string;
}

export interface ChatLine {
  id: string;
  sender: { userId: string; name: string };
  /** Who passed it on for them, and answers for the words. */
  through?: string;
  body: string;
  /** Milliseconds since the epoch. */
  sentAt: number;
  mine: boolean;
}

/** The words beside a meeting, for who is not a member of its room. */
export interface MeetingChat {
  messages: Store<readonly ChatLine[]>;
  send(body: string): Promise<void>;
}

export type MediaSource = "microphone" | "camera" | "screen_share";

/** What a moderator may do to others; each throws an `ApiError` when refused. */
export interface Moderation {
  readonly meetingId: string;
  /** Whether I may let people in. */
  readonly mayInvite: boolean;
  mute(identity: string, source: MediaSource): Promise<void>;
  remove(identity: string): Promise<void>;
  /** Everybody sees it, and those who come later, too. */
  record(what: "start" | "pause" | "resume" | "stop"): Promise<void>;
}

/** The chat of an encrypted meeting between guests and members' browsers, past every server. */
export interface SealedChat {
  /** Takes part in what is said over a connection, until the answer is called. */
  start(wire: ChatWire): () => void;
  /** How many messages have come that the room does not count as unread. */
  readonly uncounted?: Store<number>;
}

/** Reliable packets for the chat among those who are in the same room of the SFU, whose names and writers it vouches for. */
export interface ChatWire {
  send(payload: Uint8Array<ArrayBuffer>, to: readonly string[]): Promise<void>;
  /** The others who are there now; see `keeperOf` for `keeps`. */
  people(): readonly { readonly identity: string; readonly name: string; readonly keeps: string }[];
  /** Tells the others what one keeps. */
  setKeeps(keeps: string): Promise<void>;
  onMessage(listener: (payload: Uint8Array, from: string) => void): () => void;
  /** Told once the connection stands, with one's own identity. */
  onConnected(listener: (me: string) => void): () => void;
  /** Told when somebody came, went or changed. */
  onPeople(listener: () => void): () => void;
}

/** Keys of end-to-end encryption, one of each participant. */
export interface Encryption {
  /** The secret to put behind a link, for who can make links. */
  linkSecret?(): string;
  /**
   * Calls `deliver` with each participant's keys as they come, one's own included; the answer ends it. `wire` carries
   * words between the participants through the SFU, which cannot read what is sealed in them.
   */
  start(deliver: DeliverKey, wire: KeyWire): () => void;
}

/** `key` is raw; `index` is the slot of the key ring (0-255) that the sender names in each frame. */
export type DeliverKey = (identity: string, key: Uint8Array<ArrayBuffer>, index: number) => void;

/** Reliable packets among those who are in the meeting. */
export interface KeyWire {
  send(payload: Uint8Array<ArrayBuffer>, to?: readonly string[]): Promise<void>;
  onMessage(listener: (payload: Uint8Array, from: string) => void): () => void;
  /** Told once the connection stands, with one's own identity. */
  onConnected(listener: (me: string) => void): () => void;
  onJoined(listener: (identity: string) => void): () => void;
  /** The others who are there now. */
  identities(): readonly string[];
}

/** A smaller room of the meeting: the same chat, other ears. */
export interface BreakoutRoom {
  readonly id: string;
  readonly name: string;
  /** Who belongs there, by Matrix id. */
  readonly people: readonly string[];
  /** Who is there now, by identity. */
  readonly inside: readonly string[];
}

/** How a meeting is divided into breakout rooms. A guest knows of their own room only, and not who is in it. */
export interface Arrangement {
  readonly rooms: readonly BreakoutRoom[];
  /** The room in which this person belongs; null for the main room. */
  readonly mine: string | null;
  /** Who is in the main room now, by identity. */
  readonly main: readonly string[];
  /** When the rooms close by themselves, in ms since the epoch. */
  readonly closesAt: number | null;
}

/** Where one learns of a meeting's breakout rooms. */
export interface Breakouts {
  /** Asks for them; throws an `ApiError`. */
  read(): Promise<Arrangement>;
  /** Tells how they stand after each change, until the answer is called. */
  follow(listener: (arrangement: Arrangement) => void): () => void;
}

/**
 * Hands and reactions of those in the meeting who do not say them through the SFU, and one's own for them. What is said
 * here is written when it can be; nothing throws.
 */
export interface Signs {
  /** Tells of them until the answer is called; then one's own hand goes down. */
  follow(listener: SignsListener): () => void;
  /** When this participant's hand went up, in ms since the epoch; null for a hand that is down, or said otherwise. */
  handOf(identity: string): number | null;
  setHand(up: boolean): void;
  react(emoji: string): void;
}

export interface SignsListener {
  /** Somebody's hand went up or down. */
  onHands(): void;
  onReaction(identity: string, emoji: string): void;
  /** One's own hand was taken down. */
  onLowered(): void;
}

/** How one gets into a meeting: there is a door for members (Matrix) and one for guests. */
export interface MeetingDoor {
  /** The same for the same meeting: a second door to it does not open it twice. */
  readonly key: string;
  readonly title: string;
  /** The Matrix room, for who is a member of it. */
  readonly roomId: string | null;
  readonly chat: MeetingChat | null;
  readonly moderation: Moderation | null;
  /** Null when the meeting cannot be encrypted from here. */
  readonly encryption: Encryption | null;
  /** The chat with those who cannot read the room's, in an encrypted meeting. */
  readonly sealedChat?: SealedChat | null;
  /** Null where there are none, as the meeting is not one of our server. */
  readonly breakouts: Breakouts | null;
  /** Null where all say them through the SFU. */
  readonly signs: Signs | null;
  /**
   * Asked at the start, and again when the connection has to be made anew. Throws what `troubleOf` reads.
   *
   * @param place - a breakout room; null for the main room.
   */
  ticket(place: string | null): Promise<Ticket>;
  /** Who an identity is, where the door knows better than the SFU; null where it does not. */
  who?(identity: string): { userId: string | null; name: string } | null;
  /** The media stands: tells the others that one is in. */
  entered(): Promise<void>;
  /** Told once, however the meeting ended. */
  left(): Promise<void>;
}

/**
 * joining: on the way in. connected: inside. moving: on the way into another room of the same meeting.
 * reconnecting: the network is away, it comes back by itself.
 * left: one's own wish. removed: a moderator's. replaced: the same person joined from elsewhere. failed: see `trouble`.
 */
export type MeetingPhase =
  | "joining"
  | "connected"
  | "moving"
  | "reconnecting"
  | "left"
  | "removed"
  | "replaced"
  | "failed";

export type ParticipantKind = "member" | "guest" | "phone";

/** "failed": it has ended, as nothing more could be written. */
export type RecordingState = "announced" | "runs" | "paused" | "failed";

export type Quality = "unknown" | "lost" | "poor" | "good" | "excellent";

/** A picture that can be drawn in any number of elements; only what is in sight is asked of the SFU. */
export interface VideoFeed {
  readonly id: string;
  attach(element: HTMLVideoElement): void;
  detach(element: HTMLVideoElement): void;
}

export interface ParticipantSnapshot {
  readonly identity: string;
  /** The Matrix user behind it; null for a guest or a telephone. */
  readonly userId: string | null;
  readonly name: string;
  readonly kind: ParticipantKind;
  readonly me: boolean;
  readonly speaking: boolean;
  readonly quality: Quality;
  readonly microphone: boolean;
  /** Null while the camera is off or its picture is not yet there. */
  readonly camera: VideoFeed | null;
  readonly cameraOn: boolean;
  readonly screen: VideoFeed | null;
  readonly screenOn: boolean;
  /** When the hand was raised, in ms since the epoch; null when it is down. */
  readonly hand: number | null;
  /** A telephone that was let into an encrypted meeting: its words are not encrypted end to end. */
  readonly unencrypted: boolean;
  readonly joinedAt: number;
}

export interface ReactionSeen {
  readonly id: number;
  readonly identity: string;
  readonly name: string;
  readonly emoji: string;
}

export type DeviceKind = "microphone" | "camera" | "speaker";

/** The devices in use; null is the browser's default. */
export type Devices = Readonly<Record<DeviceKind, string | null>>;

/** Something that was asked for and could not be done, or that ended the meeting; a key of the locales. */
export type Trouble =
  | "not_allowed"
  | "unreachable"
  | "ended"
  | "lost"
  | "flooded"
  | "no_webrtc"
  | "encryption_failed"
  | "failed"
  | "microphone_denied"
  | "microphone_missing"
  | "microphone_in_use"
  | "camera_denied"
  | "camera_missing"
  | "camera_in_use"
  | "screen_failed";

/** All that is shown of a meeting at one moment; a new object at each change. */
export interface MeetingSnapshot {
  readonly key: string;
  readonly title: string;
  readonly roomId: string | null;
  readonly phase: MeetingPhase;
  readonly joinedAt: number | null;
  readonly encrypted: boolean;
  /** The breakout room in which one is, or on the way to which; null for the main room. */
  readonly place: string | null;
  readonly breakouts: Arrangement;
  /** In the order of joining, oneself first. */
  readonly participants: readonly ParticipantSnapshot[];
  /** How it is recorded, for all to see; null: it is not. */
  readonly recording: RecordingState | null;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
  readonly hand: number | null;
  readonly effect: EffectChoice;
  readonly devices: Devices;
  readonly reactions: readonly ReactionSeen[];
  /** A telephone call has the ear and the microphone; the meeting waits. */
  readonly onHold: boolean;
  /** Sound waits for a gesture in this browser. */
  readonly silent: boolean;
  readonly trouble: Trouble | null;
}

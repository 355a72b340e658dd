import type { Carried, Device } from "./carried";
import type { DeviceKind, EffectChoice, JoinChoices, Quality, Ticket, VideoFeed } from "./types";

/** What a session needs of the media library; `livekit.ts` gives it, tests give a fake. */
export interface MediaRoom {
  /** Rejects with what `troubleOf` reads. */
  connect(ticket: Ticket): Promise<void>;
  /** Ends it from here; the room is not used again. What is on of `keep` goes to what is carried, all else is stopped. */
  close(keep?: readonly Device[]): Promise<void>;
  /** Oneself first; empty before the connection stands. */
  people(): readonly MediaPerson[];
  /** These reject with the browser's error when the device or the permission is missing. */
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setScreen(on: boolean): Promise<void>;
  setEffect(effect: EffectChoice): Promise<void>;
  setDevice(kind: DeviceKind, id: string | null): Promise<void>;
  /** One's own attributes; an empty text takes one away. */
  setAttributes(attributes: Record<string, string>): Promise<void>;
  /** A reliable packet to all, or to these identities. */
  send(topic: string, payload: Uint8Array<ArrayBuffer>, to?: readonly string[]): Promise<void>;
  setKey(identity: string, key: Uint8Array<ArrayBuffer>, index: number): Promise<void>;
  /** Sound for a page that the browser keeps silent: to be called in a gesture. */
  startAudio(): Promise<void>;
  /** Nothing of the others is heard while this holds. */
  setHushed(hushed: boolean): void;
  subscribe(listener: (news: MediaNews) => void): () => void;
}

/** Why a connection ended for good. flooded: this device sent far too much. */
export type EndCause = "removed" | "replaced" | "ended" | "flooded" | "lost";

export type MediaNews =
  | { kind: "changed" }
  | { kind: "reconnecting" }
  | { kind: "connected"; me: string }
  | { kind: "reconnected" }
  | { kind: "ended"; cause: EndCause }
  | { kind: "joined" | "left"; identity: string }
  | { kind: "data"; topic: string; from: string; payload: Uint8Array }
  | { kind: "silent"; silent: boolean }
  | { kind: "undecipherable" };

/** Somebody as the SFU tells of them. */
export interface MediaPerson {
  identity: string;
  name: string;
  me: boolean;
  speaking: boolean;
  quality: Quality;
  microphone: boolean;
  cameraOn: boolean;
  camera: VideoFeed | null;
  screenOn: boolean;
  screen: VideoFeed | null;
  attributes: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  joinedAt: number;
}

/** Makes a room that is not yet connected; the library comes with it. What is carried is sent before it is asked for. */
export type OpenMedia = (choices: JoinChoices, carried: Carried) => Promise<MediaRoom>;

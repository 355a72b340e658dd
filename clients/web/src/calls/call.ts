import type { EndReason } from "./endReason";
import type { CallSound } from "./quality/watch";

/**
 * Where a call stands, in the words of a telephone.
 * "connecting" is the time before the peer rings, and between an answer and the first sound.
 */
export type CallPhase = "ringing-in" | "ringing-out" | "connecting" | "connected" | "held" | "ended";

export type CallDirection = "inbound" | "outbound";

/** The other party, as it is shown: a colleague, or a telephone outside. */
export interface Peer {
  userId: string | null;
  name: string;
  /** E.164 number or extension, when one is known. */
  number: string | null;
}

/** All that is shown of a call at one moment. A new object at each change. Times in ms since the epoch. */
export interface CallSnapshot {
  readonly id: string;
  /** By which Matrix, and the house, know it now: another one once the house has taken it to itself. */
  readonly matrixCallId: string;
  readonly roomId: string;
  readonly direction: CallDirection;
  readonly phase: CallPhase;
  readonly peer: Peer;
  /** The caller asked for, or some side now sends, a picture. */
  readonly video: boolean;
  readonly startedAt: number;
  readonly connectedAt: number | null;
  readonly endedAt: number | null;
  readonly muted: boolean;
  readonly cameraOn: boolean;
  readonly heldByUs: boolean;
  readonly heldByPeer: boolean;
  readonly canSendDtmf: boolean;
  /** The peer can take a picture; a telephone cannot. */
  readonly canSendVideo: boolean;
  readonly localStream: MediaStream | null;
  readonly remoteStream: MediaStream | null;
  readonly remoteVideo: boolean;
  readonly endReason: EndReason | null;
  /** What was asked for and could not be done; the call goes on. */
  readonly trouble: "no-camera" | null;
  /** How the sound is, once the call stands and something is known. */
  readonly sound: CallSound | null;
}

/**
 * One call with one peer, whatever protocol carries it.
 * Commands show their effect in the next snapshot; none of them throws for what the network does.
 */
export interface Call {
  readonly id: string;
  snapshot(): CallSnapshot;
  /** Calls `listener` after each change; the answer ends it. */
  subscribe(listener: () => void): () => void;
  answer(video: boolean): Promise<void>;
  reject(): void;
  hangUp(): void;
  setMuted(muted: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setHeld(held: boolean): void;
  /** One of 0-9 * # A-D, as RFC 4733 telephone-event; false when the peer takes none. */
  sendDtmf(digit: string): boolean;
  setPeer(peer: Peer): void;
  /** The page goes away: tell the peer by a request that outlives the page. Resolves when it is answered. */
  abandon(): Promise<void>;
}

/** The call still needs a person: it rings or somebody speaks in it. */
export function isLive(call: CallSnapshot): boolean {
  return call.phase !== "ended";
}

/** The call takes the microphone: everything live but what rings here. */
export function isEngaged(call: CallSnapshot): boolean {
  return isLive(call) && call.phase !== "ringing-in";
}

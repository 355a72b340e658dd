import {
  CallDirection,
  CallErrorCode,
  CallEvent,
  CallParty,
  CallState,
  type MatrixCall,
} from "matrix-js-sdk/lib/webrtc/call";
import { CallFeedEvent } from "matrix-js-sdk/lib/webrtc/callFeed";
import type { HeardSummary } from "../../api/types";
import type { Call, CallSnapshot, Peer } from "../call";
import { answeredOn, endReason, type EndReason, mediaReason } from "../endReason";
import { type CallSignal, nextPhase } from "../phase";
import { readStats, type SoundCounters } from "../quality/stats";
import { watchSound } from "../quality/watch";

/** Length of a keypad tone and of the pause after it, in ms: what slow voice menus still recognise. */
const TONE_MS = 160;
const GAP_MS = 80;
/** How long an answered call may be without a connection, in ms. The SDK tries for ever. */
const CONNECT_MS = 30_000;

/** How the telephone bridge's party ids begin, when it answers for a desk phone. */
const DESK_PHONE_PARTY = /^unisono-phone-/;

/** Sends one event by a request that outlives the page. */
export type Farewell = (roomId: string, type: string, content: Record<string, unknown>) => Promise<void>;

export type TellHeard = (roomId: string, summary: HeardSummary) => void;

export interface VoipCallOptions {
  peer: Peer;
  video: boolean;
  now: () => number;
  farewell: Farewell;
  /** Told when the call is over: how the other side was heard. */
  tellHeard?: TellHeard;
}

/** `Call` over a Matrix VoIP v1 call of matrix-js-sdk (Matrix spec, module "Voice over IP"). */
export class VoipCall implements Call {
  readonly id: string;
  private sdk: MatrixCall;
  private state: CallSnapshot;
  private readonly listeners = new Set<() => void>();
  private readonly now: () => number;
  private readonly farewell: Farewell;
  private readonly tellHeard: TellHeard;
  private mediaFailure: EndReason | null = null;
  private rejectedByOwnDevice = false;
  private answeredOn: string | undefined;
  private unbind: () => void = () => undefined;
  /** What the house sets up in this call's place. */
  private successor: MatrixCall | null = null;
  private watchedFeeds = new WeakSet<object>();
  private stopListening: (() => HeardSummary | null) | null = null;
  private patience: ReturnType<typeof setTimeout> | undefined;
  /** Keys that were pressed and are not played yet. */
  private pressed = "";

  constructor(sdk: MatrixCall, options: VoipCallOptions) {
    const inbound = sdk.direction === CallDirection.Inbound;
    this.sdk = sdk;
    this.id = sdk.callId;
    this.now = options.now;
    this.farewell = options.farewell;
    this.tellHeard = options.tellHeard ?? (() => undefined);
    this.state = {
      id: sdk.callId,
      matrixCallId: sdk.callId,
      roomId: sdk.roomId,
      direction: inbound ? "inbound" : "outbound",
      phase: inbound ? "ringing-in" : "connecting",
      peer: options.peer,
      video: options.video,
      startedAt: options.now(),
      connectedAt: null,
      endedAt: null,
      muted: false,
      cameraOn: false,
      heldByUs: false,
      heldByPeer: false,
      canSendDtmf: false,
      canSendVideo: false,
      localStream: null,
      remoteStream: null,
      remoteVideo: false,
      endReason: null,
      trouble: null,
      sound: null,
    };
    this.bind(sdk);
  }

  snapshot(): CallSnapshot {
    return this.state;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async answer(video: boolean): Promise<void> {
    if (this.state.phase !== "ringing-in") return;
    this.signal("answered");
    await this.sdk.answer(true, video);
  }

  reject(): void {
    if (this.state.phase !== "ringing-in") return;
    this.sdk.reject();
  }

  hangUp(): void {
    if (this.state.phase === "ringing-in") this.reject();
    else this.sdk.hangup(CallErrorCode.UserHangup, false);
  }

  async setMuted(muted: boolean): Promise<void> {
    this.patch({ muted });
    await this.sdk.setMicrophoneMuted(muted);
    this.readMedia();
  }

  async setCamera(on: boolean): Promise<void> {
    this.patch({ cameraOn: on, trouble: null });
    await this.sdk.setLocalVideoMuted(!on);
    this.readMedia();
    if (on && !this.state.cameraOn) this.patch({ trouble: "no-camera" });
  }

  setHeld(held: boolean): void {
    if (this.state.phase !== "connected" && this.state.phase !== "held") return;
    this.sdk.setRemoteOnHold(held);
  }

  sendDtmf(digit: string): boolean {
    if (!this.dtmf()?.canInsertDTMF) return false;
    this.pressed += digit;
    this.playPressed();
    return true;
  }

  setPeer(peer: Peer): void {
    this.patch({ peer });
  }

  async abandon(): Promise<void> {
    const { phase, roomId } = this.state;
    if (phase === "ended" || phase === "ringing-in") return;
    const content = {
      call_id: this.sdk.callId,
      party_id: this.sdk.ourPartyId,
      version: "1",
      reason: "user_hangup",
    };
    await this.farewell(roomId, "m.call.hangup", content);
  }

  /**
   * The house takes the call to itself: `next` comes into this one's place as soon as it stands, without ringing. Should
   * it not come to stand, all stays as it is.
   */
  takeOver(next: MatrixCall): void {
    if (this.state.phase === "ended") return;
    this.successor = next;
    const onState = (state: CallState): void => {
      if (state === CallState.Connected && this.successor === next) this.giveWay(next);
      if (state === CallState.Ended && this.successor === next) this.successor = null;
      if (state === CallState.Connected || state === CallState.Ended) end();
    };
    const onFeeds = (): void => {
      if (this.state.muted && next.localUsermediaFeed) void next.setMicrophoneMuted(true);
    };
    const end = (): void => {
      next.off(CallEvent.State, onState);
      next.off(CallEvent.FeedsChanged, onFeeds);
    };
    next.on(CallEvent.State, onState);
    next.on(CallEvent.FeedsChanged, onFeeds);
    void next.answer(true, this.state.cameraOn).catch(() => undefined);
  }

  private giveWay(next: MatrixCall): void {
    const { sdk: before } = this;
    const { heldByUs } = this.state;
    this.successor = null;
    this.rebind(next);
    // The microphone is the next call's by now; the other side hears of this one from the house.
    before.hangup(CallErrorCode.Replaced, false);
    if (heldByUs) next.setRemoteOnHold(true);
    // Other packets are counted from now on.
    this.stopListening?.();
    this.stopListening = null;
    this.patch({ sound: null });
    this.listenToSound();
  }

  /** Another device of our user rejected this call; the SDK ends it without telling who did. */
  noteRejectedByOwnDevice(): void {
    this.rejectedByOwnDevice = true;
  }

  /** Somebody answered as our user; the party id tells a desk phone from a browser. */
  noteAnsweredByOwnDevice(partyId: string): void {
    this.answeredOn = DESK_PHONE_PARTY.test(partyId) ? "desk_phone" : undefined;
    // Two tabs of one browser are one party: the SDK takes the other tab's answer for an echo of ours.
    const otherTab = partyId === this.sdk.ourPartyId && this.state.phase === "ringing-in";
    if (otherTab) this.sdk.onAnsweredElsewhere({} as Parameters<MatrixCall["onAnsweredElsewhere"]>[0]);
  }

  /** The telephone bridge said itself where, in ending an invitation. */
  noteAnsweredOn(where: string | undefined): void {
    this.answeredOn = where;
  }

  private bind(sdk: MatrixCall): void {
    const onState = (state: CallState): void => this.onSdkState(state);
    const onMedia = (): void => this.readMedia();
    const onHold = (): void => this.readHold();
    const onError = (error: Error & { code?: string }): void => {
      if (error.code === CallErrorCode.NoUserMedia) this.onMediaError(error);
    };
    const onReplaced = (next: MatrixCall): void => this.rebind(next);
    sdk.on(CallEvent.State, onState);
    sdk.on(CallEvent.FeedsChanged, onMedia);
    sdk.on(CallEvent.LocalHoldUnhold, onHold);
    sdk.on(CallEvent.RemoteHoldUnhold, onHold);
    sdk.on(CallEvent.Error, onError);
    sdk.on(CallEvent.Replaced, onReplaced);
    this.unbind = () => {
      sdk.off(CallEvent.State, onState);
      sdk.off(CallEvent.FeedsChanged, onMedia);
      sdk.off(CallEvent.LocalHoldUnhold, onHold);
      sdk.off(CallEvent.RemoteHoldUnhold, onHold);
      sdk.off(CallEvent.Replaced, onReplaced);
      // The error listener stays: an emitter without one throws.
    };
  }

  /** Another call takes the place of ours, as when both parties called each other at once. */
  private rebind(next: MatrixCall): void {
    this.unbind();
    this.sdk = next;
    this.patch({ matrixCallId: next.callId });
    this.bind(next);
    this.onSdkState(next.state);
    this.readMedia();
  }

  private onSdkState(state: CallState): void {
    if (state === CallState.Ended) return this.onEnded();
    const signal = this.signalOf(state);
    if (signal) this.signal(signal);
    if (state === CallState.Connected) this.readMedia();
  }

  private signalOf(state: CallState): CallSignal | null {
    const { phase, direction } = this.state;
    switch (state) {
      case CallState.InviteSent:
        return phase === "connecting" ? "invited" : null;
      case CallState.Connecting:
        return phase === "connected" || phase === "held" ? "media-lost" : "answered";
      case CallState.WaitLocalMedia:
      case CallState.CreateAnswer:
        return direction === "inbound" && phase === "ringing-in" ? "answered" : null;
      case CallState.Ringing:
        // Our answer could not be sent, or the SDK is about to answer again without the camera.
        return direction === "inbound" && phase === "connecting" ? "answer-lost" : null;
      case CallState.Connected:
        return phase === "ringing-in" ? null : "media-up";
      default:
        return null;
    }
  }

  private signal(signal: CallSignal): void {
    const phase = nextPhase(this.state.phase, signal);
    const first = phase === "connected" && this.state.connectedAt === null;
    // Not while a person is still being asked for the microphone.
    this.awaitMedia(phase === "connecting" && this.sdk.state === CallState.Connecting);
    this.patch({ phase, ...(first ? { connectedAt: this.now() } : {}) });
    if (phase === "connected") this.readHold();
    if (phase === "connected") this.listenToSound();
  }

  private listenToSound(): void {
    this.stopListening ??= watchSound(
      () => this.countSound(),
      () => ({ held: this.state.phase !== "connected", muted: this.state.muted }),
      (sound) => this.patch({ sound }),
    );
  }

  private async countSound(): Promise<SoundCounters | null> {
    const { peerConn } = this.sdk;
    if (!peerConn) return null;
    return readStats(await peerConn.getStats(), peerConn.connectionState === "connected");
  }

  private awaitMedia(waiting: boolean): void {
    clearTimeout(this.patience);
    if (!waiting) return;
    this.patience = setTimeout(() => this.sdk.hangup(CallErrorCode.IceFailed, false), CONNECT_MS);
  }

  private onEnded(): void {
    if (this.state.phase === "ended") return;
    if (this.successor) {
      // The other side was faster: what comes in this call's place is still being set up.
      const next = this.successor;
      this.successor = null;
      this.rebind(next);
      return;
    }
    this.unbind();
    this.awaitMedia(false);
    const summary = this.stopListening?.();
    if (summary) this.tellHeard(this.state.roomId, summary);
    const phase = nextPhase(this.state.phase, "ended");
    this.patch({
      phase,
      endedAt: this.now(),
      endReason: this.readEndReason(),
      localStream: null,
      remoteStream: null,
      remoteVideo: false,
      cameraOn: false,
      canSendDtmf: false,
      sound: null,
    });
  }

  private readEndReason(): EndReason {
    if (this.mediaFailure) return this.mediaFailure;
    const reason = endReason({
      direction: this.state.direction,
      by: this.sdk.hangupParty === CallParty.Local ? "us" : "peer",
      code: codeOf(this.sdk.hangupReason),
      connected: this.state.connectedAt !== null,
      rejectedByOwnDevice: this.rejectedByOwnDevice,
    });
    return reason === "answered-elsewhere" ? answeredOn(this.answeredOn) : reason;
  }

  private onMediaError(error: Error): void {
    // In a call that stands, only the camera can have been asked for.
    if (this.state.connectedAt === null) this.mediaFailure = mediaReason(error.message);
    else this.patch({ trouble: "no-camera" });
  }

  private readHold(): void {
    const heldByUs = this.sdk.isRemoteOnHold();
    const heldByPeer = this.sdk.isLocalOnHold();
    const held = heldByUs || heldByPeer;
    const { phase } = this.state;
    this.patch({ heldByUs, heldByPeer });
    if (held && phase === "connected") this.signal("held");
    if (!held && phase === "held") this.signal("resumed");
  }

  private readMedia(): void {
    if (this.state.phase === "ended") return;
    const local = this.sdk.localUsermediaFeed;
    const remote = this.sdk.remoteUsermediaFeed;
    if (local && local.stream !== this.state.localStream) this.wakeMicrophone(local.stream);
    for (const feed of [local, remote]) {
      if (!feed || this.watchedFeeds.has(feed)) continue;
      this.watchedFeeds.add(feed);
      feed.on(CallFeedEvent.MuteStateChanged, () => this.readMedia());
      // A camera that is turned on later adds its track to a stream that the SDK has already told of.
      for (const change of ["addtrack", "removetrack"]) {
        feed.stream.addEventListener(change, () => this.readMedia());
      }
    }
    const cameraOn = local !== undefined && !this.sdk.isLocalVideoMuted();
    const remoteVideo = remote !== undefined && !remote.isVideoMuted();
    this.patch({
      localStream: local?.stream ?? null,
      remoteStream: remote?.stream ?? null,
      muted: this.sdk.isMicrophoneMuted(),
      cameraOn,
      remoteVideo,
      video: this.state.video || cameraOn || remoteVideo,
      canSendDtmf: this.dtmf()?.canInsertDTMF ?? false,
      canSendVideo: this.sdk.opponentSupportsSDPStreamMetadata(),
    });
  }

  /** A stream cloned from a call on hold comes with its tracks switched off. */
  private wakeMicrophone(stream: MediaStream): void {
    for (const track of stream.getAudioTracks()) track.enabled = !this.state.muted && !this.state.heldByUs;
  }

  /** A call stands once there is a way; tones that are played before its keys are agreed on, too, are lost. */
  private playPressed(): void {
    const { peerConn } = this.sdk;
    if (this.pressed === "" || !peerConn) return;
    if (peerConn.connectionState !== "connected") {
      peerConn.addEventListener("connectionstatechange", () => this.playPressed(), { once: true });
      return;
    }
    const dtmf = this.dtmf();
    // insertDTMF replaces what is still to be played: keep it in front.
    dtmf?.insertDTMF(dtmf.toneBuffer + this.pressed, TONE_MS, GAP_MS);
    this.pressed = "";
  }

  private dtmf(): RTCDTMFSender | null {
    const senders = this.sdk.peerConn?.getSenders() ?? [];
    return senders.find((sender) => sender.track?.kind === "audio")?.dtmf ?? null;
  }

  private patch(change: Partial<CallSnapshot>): void {
    const keys = Object.keys(change) as (keyof CallSnapshot)[];
    if (keys.every((key) => Object.is(this.state[key], change[key]))) return;
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) listener();
  }
}

/** The SDK hands on what the peer's event said, which may be anything; an invitation that expires here has none. */
function codeOf(reason: unknown): string {
  if (reason === undefined || reason === null) return CallErrorCode.InviteTimeout;
  return typeof reason === "string" && reason !== "" ? reason : CallErrorCode.UserHangup;
}

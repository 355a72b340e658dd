import {
  type CallDirection,
  CallErrorCode,
  CallEvent,
  CallParty,
  CallState,
} from "matrix-js-sdk/lib/webrtc/call";
import { EventEmitter } from "node:events";
import { vi } from "vitest";

/** What is used of matrix-js-sdk's call, for tests, driven by hand. */
export class FakeSdkCall extends EventEmitter {
  roomId = "!room:localhost";
  ourPartyId = "DEVICE";
  state = CallState.Fledgling;
  hangupParty: CallParty | undefined;
  hangupReason: string | undefined;
  localUsermediaFeed: object | undefined = undefined;
  remoteUsermediaFeed = undefined;
  held = { us: false, peer: false };
  tones = { canInsertDTMF: true, toneBuffer: "", insertDTMF: vi.fn<(tones: string) => void>() };
  peerConn = Object.assign(new EventTarget(), {
    connectionState: "connected",
    getSenders: () => [{ track: { kind: "audio" }, dtmf: this.tones }],
  });
  answer = vi.fn<() => Promise<void>>(() => Promise.resolve());
  constructor(
    readonly direction: CallDirection,
    public callId = "c1",
  ) {
    super();
  }
  getOpponentMember = () => ({ userId: "@bruno:localhost", name: "Bruno" });
  callHasEnded = (): boolean => this.state === CallState.Ended;
  hasRemoteUserMediaVideoTrack = false;
  reject = (): void => this.end(CallParty.Local, CallErrorCode.UserHangup);
  hangup = (reason: CallErrorCode): void => this.end(CallParty.Local, reason);
  onAnsweredElsewhere = (): void => this.end(CallParty.Remote, CallErrorCode.AnsweredElsewhere);
  setRemoteOnHold = (held: boolean): void => {
    this.held.us = held;
    this.emit(CallEvent.RemoteHoldUnhold);
  };
  isRemoteOnHold = (): boolean => this.held.us;
  isLocalOnHold = (): boolean => this.held.peer;
  muted = false;
  setMicrophoneMuted = vi.fn<(muted: boolean) => Promise<boolean>>((muted) => {
    this.muted = muted;
    return Promise.resolve(muted);
  });
  isMicrophoneMuted = (): boolean => this.muted;
  isLocalVideoMuted = (): boolean => true;
  opponentSupportsSDPStreamMetadata = (): boolean => false;

  become(...states: CallState[]): void {
    for (const state of states) {
      this.state = state;
      this.emit(CallEvent.State, state);
    }
  }
  end(party: CallParty, reason: string | undefined): void {
    this.hangupParty = party;
    this.hangupReason = reason;
    this.become(CallState.Ended);
  }
}

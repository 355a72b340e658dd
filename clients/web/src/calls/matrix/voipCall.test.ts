import {
  CallDirection,
  CallErrorCode,
  CallEvent,
  CallParty,
  CallState,
  type MatrixCall,
} from "matrix-js-sdk/lib/webrtc/call";
import { describe, expect, test, vi } from "vitest";
import { FakeSdkCall } from "./fakeSdkCall";
import { VoipCall } from "./voipCall";

const PEER = { userId: "@bruno:localhost", name: "Bruno", number: "202" };

function made(direction: CallDirection) {
  const sdk = new FakeSdkCall(direction);
  const farewell = vi.fn<() => Promise<void>>().mockResolvedValue();
  let now = 1_000;
  const call = new VoipCall(sdk as unknown as MatrixCall, {
    peer: PEER,
    video: false,
    now: () => (now += 1_000),
    farewell,
  });
  const phases: string[] = [];
  call.subscribe(() => {
    const { phase } = call.snapshot();
    if (phases.at(-1) !== phase) phases.push(phase);
  });
  return { sdk, call, phases, farewell };
}

const outgoing = () => made(CallDirection.Outbound);
const incoming = () => made(CallDirection.Inbound);
const PLACED = [CallState.WaitLocalMedia, CallState.CreateOffer, CallState.InviteSent];

describe("an outgoing call", () => {
  test("connects, rings, is answered, speaks, and is hung up by the peer", () => {
    const { sdk, call, phases } = outgoing();
    expect(call.snapshot().phase).toBe("connecting");
    sdk.become(...PLACED, CallState.Connecting, CallState.Connected);
    expect(call.snapshot().connectedAt).not.toBeNull();
    sdk.end(CallParty.Remote, CallErrorCode.UserHangup);
    expect(phases).toEqual(["ringing-out", "connecting", "connected", "ended"]);
    expect(call.snapshot().endReason).toBe("peer-hung-up");
  });

  test("tells why the microphone could not be had", () => {
    const { sdk, call } = outgoing();
    sdk.become(CallState.WaitLocalMedia);
    const error = Object.assign(new Error("x: NotAllowedError: Permission denied"), {
      code: CallErrorCode.NoUserMedia,
    });
    sdk.emit(CallEvent.Error, error);
    sdk.end(CallParty.Local, CallErrorCode.NoUserMedia);
    expect(call.snapshot().endReason).toBe("microphone-denied");
  });

  test("comes back after the network was away", () => {
    const { sdk, call, phases } = outgoing();
    sdk.become(
      ...PLACED,
      CallState.Connecting,
      CallState.Connected,
      CallState.Connecting,
      CallState.Connected,
    );
    expect(phases.slice(-2)).toEqual(["connecting", "connected"]);
    expect(call.snapshot().connectedAt).toBe(3_000);
  });

  test.each<[string, CallState[]]>([
    ["that never comes", [CallState.Connecting]],
    ["that does not come back", [CallState.Connecting, CallState.Connected, CallState.Connecting]],
  ])("gives up a connection %s", (_story, states) => {
    vi.useFakeTimers();
    const { sdk, call } = outgoing();
    sdk.become(...PLACED);
    vi.advanceTimersByTime(50_000);
    expect(call.snapshot().phase).toBe("ringing-out");
    sdk.become(...states);
    vi.advanceTimersByTime(29_000);
    expect(call.snapshot().phase).toBe("connecting");
    vi.advanceTimersByTime(1_000);
    expect(call.snapshot().endReason).toBe("connection-lost");
    vi.useRealTimers();
  });

  test("gives way to the peer's call when both call at once", () => {
    const { sdk, call } = outgoing();
    sdk.become(...PLACED);
    const theirs = new FakeSdkCall(CallDirection.Inbound);
    theirs.callId = "theirs";
    sdk.emit(CallEvent.Replaced, theirs);
    sdk.end(CallParty.Local, CallErrorCode.Replaced);
    theirs.become(CallState.CreateAnswer, CallState.Connecting, CallState.Connected);
    expect(call.snapshot().phase).toBe("connected");
  });
});

describe("an incoming call", () => {
  test("is answered once", async () => {
    const { sdk, call, phases } = incoming();
    await call.answer(false);
    await call.answer(false);
    sdk.become(CallState.WaitLocalMedia, CallState.CreateAnswer, CallState.Connecting, CallState.Connected);
    expect(sdk.answer).toHaveBeenCalledOnce();
    expect(sdk.answer).toHaveBeenCalledWith(true, false);
    expect(phases).toEqual(["connecting", "connected"]);
  });

  test("rings on when the answer could not be sent", async () => {
    const { sdk, call } = incoming();
    await call.answer(false);
    sdk.become(CallState.Ringing);
    expect(call.snapshot().phase).toBe("ringing-in");
  });

  test.each<[string, (made: ReturnType<typeof incoming>) => void, string]>([
    ["the caller gives up", ({ sdk }) => sdk.end(CallParty.Remote, CallErrorCode.UserHangup), "missed"],
    ["the invitation expires", ({ sdk }) => sdk.end(CallParty.Remote, undefined), "missed"],
    ["we decline", ({ call }) => call.hangUp(), "declined-here"],
    [
      "another device of ours declines",
      ({ sdk, call }) => {
        call.noteRejectedByOwnDevice();
        sdk.end(CallParty.Remote, CallErrorCode.UserHangup);
      },
      "declined-elsewhere",
    ],
    [
      "another device of ours answers",
      ({ sdk, call }) => {
        call.noteAnsweredByOwnDevice("OTHER");
        sdk.onAnsweredElsewhere();
      },
      "answered-elsewhere",
    ],
    [
      "the desk phone answers",
      ({ sdk, call }) => {
        call.noteAnsweredByOwnDevice("unisono-phone-01ABC-202");
        sdk.onAnsweredElsewhere();
      },
      "answered-on-desk-phone",
    ],
    ...(
      [
        ["desk_phone", "answered-on-desk-phone"],
        ["mobile", "answered-on-mobile"],
        ["colleague", "answered-by-colleague"],
        ["matrix", "answered-elsewhere"],
        [undefined, "answered-elsewhere"],
      ] as const
    ).map(([where, reason]): [string, (made: ReturnType<typeof incoming>) => void, string] => [
      `a caller outside is answered on ${where}`,
      ({ sdk, call }) => {
        call.noteAnsweredOn(where);
        sdk.end(CallParty.Remote, "answered_elsewhere");
      },
      reason,
    ]),
    [
      "another tab of this browser answers",
      ({ call }) => call.noteAnsweredByOwnDevice("DEVICE"),
      "answered-elsewhere",
    ],
  ])("ends when %s", (_story, act, reason) => {
    const story = incoming();
    act(story);
    expect(story.call.snapshot()).toMatchObject({ phase: "ended", endReason: reason });
  });

  test("our own answer is not mistaken for another tab's", async () => {
    const { call } = incoming();
    await call.answer(false);
    call.noteAnsweredByOwnDevice("DEVICE");
    expect(call.snapshot().phase).toBe("connecting");
  });
});

describe("during a call", () => {
  function speaking() {
    const story = outgoing();
    story.sdk.become(...PLACED, CallState.Connecting, CallState.Connected);
    return story;
  }

  test("holding and resuming is told from being held", () => {
    const { sdk, call } = speaking();
    call.setHeld(true);
    expect(call.snapshot()).toMatchObject({ phase: "held", heldByUs: true, heldByPeer: false });
    call.setHeld(false);
    expect(call.snapshot().phase).toBe("connected");
    sdk.held.peer = true;
    sdk.emit(CallEvent.LocalHoldUnhold);
    expect(call.snapshot()).toMatchObject({ phase: "held", heldByUs: false, heldByPeer: true });
  });

  test("keys are sent as tones behind those not yet played", () => {
    const { sdk, call } = speaking();
    sdk.tones.toneBuffer = "12";
    expect(call.sendDtmf("#")).toBe(true);
    expect(sdk.tones.insertDTMF).toHaveBeenCalledWith("12#", expect.any(Number), expect.any(Number));
    sdk.tones.canInsertDTMF = false;
    expect(call.sendDtmf("#")).toBe(false);
  });

  test("keys that are pressed before anything can be heard are played once it can", () => {
    const { sdk, call } = speaking();
    sdk.peerConn.connectionState = "connecting";
    for (const key of "12") expect(call.sendDtmf(key)).toBe(true);
    sdk.peerConn.dispatchEvent(new Event("connectionstatechange"));
    expect(sdk.tones.insertDTMF).not.toHaveBeenCalled();
    sdk.peerConn.connectionState = "connected";
    sdk.peerConn.dispatchEvent(new Event("connectionstatechange"));
    expect(sdk.tones.insertDTMF).toHaveBeenCalledExactlyOnceWith(
      "12",
      expect.any(Number),
      expect.any(Number),
    );
  });

  test.each(["", 5, "x".repeat(300), { code: 1 }])(
    "case 18: a hangup for the reason %j is a hangup",
    (reason) => {
      const { sdk, call } = speaking();
      sdk.end(CallParty.Remote, reason as string);
      expect(call.snapshot()).toMatchObject({ phase: "ended", endReason: "peer-hung-up" });
    },
  );

  test("the house takes a call to itself: it goes on by another, without ringing or beginning anew", async () => {
    const { sdk, call, phases } = speaking();
    await call.setMuted(true);
    const begun = call.snapshot().connectedAt;
    const next = new FakeSdkCall(CallDirection.Inbound);
    next.callId = "by-the-house";
    next.state = CallState.Ringing;
    call.takeOver(next as unknown as MatrixCall);
    expect(next.answer).toHaveBeenCalledExactlyOnceWith(true, false);
    expect(call.snapshot().matrixCallId).toBe("c1");
    const stream = Object.assign(new EventTarget(), { getAudioTracks: () => [] });
    const feed = { stream, on: () => undefined, isVideoMuted: () => true };
    next.localUsermediaFeed = feed;
    next.emit(CallEvent.FeedsChanged);
    expect(next.muted).toBe(true);
    const ended = vi.spyOn(sdk, "hangup");
    next.become(CallState.Connecting, CallState.Connected);
    expect(ended).toHaveBeenCalledExactlyOnceWith(CallErrorCode.Replaced, false);
    expect(call.snapshot()).toMatchObject({
      id: "c1",
      matrixCallId: "by-the-house",
      connectedAt: begun,
      muted: true,
    });
    expect(phases.at(-1)).toBe("connected");
    next.end(CallParty.Remote, CallErrorCode.UserHangup);
    expect(call.snapshot().endReason).toBe("peer-hung-up");
  });

  test("the other call's end is no end while the house takes it over, and a failure leaves all as it is", () => {
    const { sdk, call } = speaking();
    const next = new FakeSdkCall(CallDirection.Inbound);
    call.takeOver(next as unknown as MatrixCall);
    next.end(CallParty.Remote, CallErrorCode.UserHangup);
    expect(call.snapshot()).toMatchObject({ phase: "connected", matrixCallId: "c1" });
    sdk.end(CallParty.Remote, CallErrorCode.UserHangup);
    expect(call.snapshot().endReason).toBe("peer-hung-up");
  });

  test("where the other side has changed over first, the call goes on by what is being set up", () => {
    const { sdk, call } = speaking();
    const next = new FakeSdkCall(CallDirection.Inbound);
    next.callId = "by-the-house";
    call.takeOver(next as unknown as MatrixCall);
    next.become(CallState.Connecting);
    sdk.end(CallParty.Remote, CallErrorCode.Replaced);
    expect(call.snapshot()).toMatchObject({ phase: "connecting", matrixCallId: "by-the-house" });
    next.become(CallState.Connected);
    expect(call.snapshot()).toMatchObject({ phase: "connected", endReason: null });
  });

  test("a page that goes away says so, unless the call only rings here", () => {
    const { call, farewell } = speaking();
    void call.abandon();
    const content = expect.objectContaining({ call_id: "c1", party_id: "DEVICE", reason: "user_hangup" });
    expect(farewell).toHaveBeenCalledWith("!room:localhost", "m.call.hangup", content);
    const ringing = incoming();
    void ringing.call.abandon();
    expect(ringing.farewell).not.toHaveBeenCalled();
  });
});

import {
  ClientEvent,
  EventType,
  type MatrixClient,
  type MatrixEvent,
  RoomStateEvent,
  SyncState,
} from "matrix-js-sdk";
import {
  CallErrorCode,
  CallEvent,
  createNewMatrixCall,
  type MatrixCall,
} from "matrix-js-sdk/lib/webrtc/call";
import { CallEventHandlerEvent } from "matrix-js-sdk/lib/webrtc/callEventHandler";
import type { Bell } from "../bell";
import type { CallManager, Placement } from "../manager";
import type { Peer } from "../call";
import { followMediaChoice } from "./mediaChoice";
import { type Farewell, VoipCall } from "./voipCall";
import { tellHeard } from "../quality/report";
import { readWish, type Wish } from "./wish";

/** How long a room that was just made may take to come down the sync, in ms. */
const ROOM_WAIT_MS = 8_000;
/** How long the pages of this device leave a call to the one that asked for it, in ms. */
const OTHER_PAGE_MS = 1_500;
/** Invitations older than this no longer ring (the default lifetime of an invitation). */
const RECENT_MS = 60_000;

export interface SignallingOptions {
  peer: (userId: string, given: string | null) => Peer;
  /** Whether a press on this page asked for a call that is wanted on this device. */
  isExpected: () => boolean;
  bell: Bell;
  now: () => number;
}

/** Joins the manager to the calls of a Matrix client; the answer undoes it. */
export function startMatrixCalls(
  client: MatrixClient,
  manager: CallManager,
  options: SignallingOptions,
): () => void {
  let over = false;
  const known = new Map<string, VoipCall>();
  /** What invitations ask of this device beyond ringing, by call id. */
  const wishes = new Map<string, Wish>();
  /** Those that are for any of my devices, and so ring here unless the bell is silent. */
  const forAll = new Set<VoipCall>();
  const farewell = farewellOf(client);
  const endMediaChoice = followMediaChoice(client.getMediaHandler());

  const follow = (sdk: MatrixCall, peer: Peer, video: boolean): VoipCall => {
    const call = new VoipCall(sdk, { peer, video, now: options.now, farewell, tellHeard });
    known.set(sdk.callId, call);
    const end = call.subscribe(() => {
      const { phase, matrixCallId } = call.snapshot();
      known.set(matrixCallId, call);
      if (phase !== "ended") return;
      for (const [id, each] of known) if (each === call) known.delete(id);
      forAll.delete(call);
      end();
    });
    return call;
  };

  const onIncoming = (sdk: MatrixCall): void => {
    sdk.on(CallEvent.Error, () => undefined);
    const member = sdk.getOpponentMember();
    const wish = wishes.get(sdk.callId);
    wishes.delete(sdk.callId);
    if (sdk.callHasEnded() || !member) return;
    // What is for another device of ours rings nowhere else.
    if (wish?.device && wish.device !== client.getDeviceId()) return;
    if (wish?.replaces) {
      known.get(wish.replaces)?.takeOver(sdk);
      return;
    }
    const call = follow(sdk, options.peer(member.userId, member.name), sdk.hasRemoteUserMediaVideoTrack);
    if (!wish?.device) {
      forAll.add(call);
      ring(call);
    } else if (options.isExpected()) takeUnasked(call);
    // All pages of a browser are one device: this one takes it only if the one that asked has gone.
    else setTimeout(() => takeUnasked(call), OTHER_PAGE_MS);
  };

  /** Rings, or falls silent, as the bell is. */
  const ring = (call: VoipCall): void => {
    const { phase, matrixCallId } = call.snapshot();
    if (phase !== "ringing-in") return;
    if (options.bell.rings(matrixCallId)) manager.adopt(call);
    else manager.forgetRinging(call.id);
  };
  const endBell = options.bell.subscribe(() => forAll.forEach(ring));

  /** Answers without ringing. */
  const takeUnasked = (call: VoipCall): void => {
    if (over || call.snapshot().phase !== "ringing-in") return;
    manager.adopt(call);
    void manager.answer(call.id, false);
  };

  const onSignal = (event: MatrixEvent): void => {
    if (event.getType() === "m.call.invite") {
      const wish = readWish(event.getContent());
      if (wish) wishes.set(String(event.getContent().call_id), wish);
    }
    const {
      call_id: callId,
      party_id: partyId,
      reason,
      "org.unisono.answered_on": answeredOn,
    } = event.getContent<{
      call_id?: string;
      party_id?: string;
      reason?: string;
      "org.unisono.answered_on"?: string;
    }>();
    const call = callId ? known.get(callId) : undefined;
    if (!call) return;
    if (event.getSender() !== client.getUserId()) {
      // A caller outside has a bridge for a client, which hangs up on us so when another device, or a colleague, was
      // faster; another Matrix client of ours would have been selected instead.
      if (event.getType() === "m.call.hangup" && reason === "answered_elsewhere")
        call.noteAnsweredOn(answeredOn);
      return;
    }
    if (event.getType() === "m.call.reject") call.noteRejectedByOwnDevice();
    if (event.getType() === "m.call.answer") call.noteAnsweredByOwnDevice(partyId ?? "");
  };

  const onSync = (state: SyncState): void => {
    if (state === SyncState.Prepared) ringWhatRingsAlready(client);
  };

  manager.usePlacer(async (placement) => {
    await roomKnown(client, placement.roomId);
    const sdk = createNewMatrixCall(client, placement.roomId, { invitee: placement.peer.userId });
    if (!sdk) throw new Error("this browser has no WebRTC");
    if (placement.onBehalfOf) sayOnBehalfOf(sdk, placement.onBehalfOf);
    return begin(sdk, placement, follow);
  });
  client.on(CallEventHandlerEvent.Incoming, onIncoming);
  client.on(ClientEvent.ReceivedVoipEvent, onSignal);
  client.on(ClientEvent.Sync, onSync);
  const state = client.getSyncState();
  if (state === SyncState.Prepared || state === SyncState.Syncing) {
    // This code came after the first sync: what rings would otherwise wait for the next one, half a minute.
    ringWhatRingsAlready(client);
    client.callEventHandler?.["onSync"]();
  }

  return () => {
    over = true;
    endBell();
    endMediaChoice();
    manager.usePlacer(null);
    client.off(CallEventHandlerEvent.Incoming, onIncoming);
    client.off(ClientEvent.ReceivedVoipEvent, onSignal);
    client.off(ClientEvent.Sync, onSync);
    for (const call of known.values()) {
      manager.forgetRinging(call.id);
      void call.abandon();
    }
  };
}

/** The invitation of a call says in whose name it is made, which the house looks at before it believes it. */
export function sayOnBehalfOf(sdk: MatrixCall, userId: string): void {
  type Send = (type: string, content: object) => Promise<void>;
  const send = sdk["sendVoipEvent"].bind(sdk) as Send;
  sdk["sendVoipEvent"] = (type: string, content: object): Promise<void> =>
    send(type, type === EventType.CallInvite ? { ...content, "org.unisono.on_behalf_of": userId } : content);
}

type Follow = (sdk: MatrixCall, peer: Peer, video: boolean) => VoipCall;

function begin(sdk: MatrixCall, { peer, video }: Placement, follow: Follow): VoipCall {
  // The SDK refuses to place a call that has no error listener; VoipCall adds one too.
  const call = follow(sdk, peer, video);
  void sdk.placeCall(true, video).catch(() => sdk.hangup(CallErrorCode.SendInvite, false));
  return call;
}

/** Waits until the sync has brought the room: its members are needed when the peer answers. */
async function roomKnown(client: MatrixClient, roomId: string): Promise<void> {
  if (client.getRoom(roomId)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      client.off(RoomStateEvent.Members, check);
      resolve();
    };
    const check = (): void => {
      if (client.getRoom(roomId)) done();
    };
    const timer = setTimeout(done, ROOM_WAIT_MS);
    client.on(RoomStateEvent.Members, check);
  });
}

/** The SDK looks for calls only after its first sync: hand it the ones that were ringing when the page opened. */
function ringWhatRingsAlready(client: MatrixClient): void {
  const handler = client.callEventHandler;
  if (!handler) return;
  for (const room of client.getRooms()) {
    const recent = room
      .getLiveTimeline()
      .getEvents()
      .filter((event) => event.getType().startsWith("m.call.") && event.getLocalAge() < RECENT_MS);
    const over = new Set(recent.filter(endsRinging).map((event) => event.getContent().call_id as string));
    handler.callEventBuffer.push(
      ...recent.filter((event) => !over.has(event.getContent().call_id as string)),
    );
  }
}

function endsRinging(event: MatrixEvent): boolean {
  return ["m.call.answer", "m.call.reject", "m.call.hangup"].includes(event.getType());
}

/** Sends a room event by a request that the browser completes after the page is gone. */
function farewellOf(client: MatrixClient): Farewell {
  return async (roomId, type, content) => {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/${type}/farewell-${crypto.randomUUID()}`;
    await fetch(`${client.baseUrl}${path}`, {
      method: "PUT",
      keepalive: true,
      headers: {
        Authorization: `Bearer ${client.getAccessToken() ?? ""}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(content),
    }).catch(() => undefined);
  };
}

import { ClientEvent, type MatrixClient, type MatrixEvent, RoomStateEvent, SyncState } from "matrix-js-sdk";
import {
  CallErrorCode,
  CallEvent,
  createNewMatrixCall,
  type MatrixCall,
} from "matrix-js-sdk/lib/webrtc/call";
import { CallEventHandlerEvent } from "matrix-js-sdk/lib/webrtc/callEventHandler";
import type { CallManager, Placement } from "../manager";
import type { Peer } from "../call";
import { followMediaChoice } from "./mediaChoice";
import { type Farewell, VoipCall } from "./voipCall";

/** How long a room that was just made may take to come down the sync, in ms. */
const ROOM_WAIT_MS = 8_000;
/** Invitations older than this no longer ring (the default lifetime of an invitation). */
const RECENT_MS = 60_000;

export interface SignallingOptions {
  peer: (userId: string, given: string | null) => Peer;
  now: () => number;
}

/** Joins the manager to the calls of a Matrix client; the answer undoes it. */
export function startMatrixCalls(
  client: MatrixClient,
  manager: CallManager,
  options: SignallingOptions,
): () => void {
  const known = new Map<string, VoipCall>();
  const farewell = farewellOf(client);
  const endMediaChoice = followMediaChoice(client.getMediaHandler());

  const follow = (sdk: MatrixCall, peer: Peer, video: boolean): VoipCall => {
    const call = new VoipCall(sdk, { peer, video, now: options.now, farewell });
    known.set(sdk.callId, call);
    const end = call.subscribe(() => {
      if (call.snapshot().phase !== "ended") return;
      known.delete(sdk.callId);
      end();
    });
    return call;
  };

  const onIncoming = (sdk: MatrixCall): void => {
    sdk.on(CallEvent.Error, () => undefined);
    const member = sdk.getOpponentMember();
    if (sdk.callHasEnded() || !member) return;
    manager.adopt(follow(sdk, options.peer(member.userId, member.name), sdk.hasRemoteUserMediaVideoTrack));
  };

  const onSignal = (event: MatrixEvent): void => {
    const {
      call_id: callId,
      party_id: partyId,
      reason,
    } = event.getContent<{ call_id?: string; party_id?: string; reason?: string }>();
    const call = callId ? known.get(callId) : undefined;
    if (!call) return;
    if (event.getSender() !== client.getUserId()) {
      // A caller outside has a bridge for a client, which hangs up on us so when the desk phone was faster;
      // another Matrix client of ours would have been selected instead.
      if (event.getType() === "m.call.hangup" && reason === "answered_elsewhere")
        call.noteAnsweredOnDeskPhone();
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

import { type MatrixClient, MatrixEvent, SyncState } from "matrix-js-sdk";
import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { CallManager } from "../manager";
import { startMatrixCalls } from "./signalling";

const event = (type: string, callId: string): MatrixEvent =>
  new MatrixEvent({
    type,
    content: { call_id: callId },
    sender: "@anna:localhost",
    room_id: "!r:localhost",
    event_id: `$${type}${callId}`,
    origin_server_ts: Date.now(),
  });

/** What signalling uses of the SDK's client, with a room whose timeline the first sync brought. */
class Client extends EventEmitter {
  callEventHandler = { callEventBuffer: [] as MatrixEvent[], onSync: vi.fn<() => void>() };
  constructor(
    readonly state: SyncState | null,
    readonly timeline: MatrixEvent[],
  ) {
    super();
  }
  getMediaHandler = () => ({ setMediaInputs: () => undefined, setAudioSettings: () => undefined });
  getSyncState = (): SyncState | null => this.state;
  getRooms = () => [{ getLiveTimeline: () => ({ getEvents: () => this.timeline }) }];
}

function start(state: SyncState | null, timeline: MatrixEvent[]): Client {
  const client = new Client(state, timeline);
  const peer = (userId: string) => ({ userId, name: userId, number: null });
  startMatrixCalls(client as unknown as MatrixClient, new CallManager(), { peer, now: Date.now });
  return client;
}

test("a call that rang before this code was loaded rings at once", () => {
  const ringing = event("m.call.invite", "now");
  const { callEventHandler } = start(SyncState.Syncing, [
    event("m.call.invite", "over"),
    event("m.call.hangup", "over"),
    ringing,
  ]);
  expect(callEventHandler.callEventBuffer).toEqual([ringing]);
  expect(callEventHandler.onSync).toHaveBeenCalledOnce();
});

test("before the first sync there is nothing to hand over", () => {
  const { callEventHandler } = start(null, [event("m.call.invite", "now")]);
  expect(callEventHandler.callEventBuffer).toEqual([]);
  expect(callEventHandler.onSync).not.toHaveBeenCalled();
});

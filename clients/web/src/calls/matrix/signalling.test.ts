import { ClientEvent, type MatrixClient, MatrixEvent, SyncState } from "matrix-js-sdk";
import { CallDirection, CallState, type MatrixCall } from "matrix-js-sdk/lib/webrtc/call";
import { CallEventHandlerEvent } from "matrix-js-sdk/lib/webrtc/callEventHandler";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Bell } from "../bell";
import { CallManager } from "../manager";
import { createStore } from "../../state/store";
import { FakeSdkCall } from "./fakeSdkCall";
import { sayOnBehalfOf, startMatrixCalls } from "./signalling";

const ME = "@anna:localhost";

const event = (type: string, callId: string, content: object = {}, sender = ME): MatrixEvent =>
  new MatrixEvent({
    type,
    content: { call_id: callId, ...content },
    sender,
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
  getUserId = (): string => ME;
  getDeviceId = (): string => "DEVICE";
  getSyncState = (): SyncState | null => this.state;
  getRooms = () => [{ getLiveTimeline: () => ({ getEvents: () => this.timeline }) }];
}

function start(
  state: SyncState | null,
  timeline: MatrixEvent[],
  manager = new CallManager(),
  isExpected = (): boolean => false,
  bell: Bell = { rings: () => true, subscribe: () => () => undefined },
): Client {
  const client = new Client(state, timeline);
  const peer = (userId: string) => ({ userId, name: userId, number: null });
  startMatrixCalls(client as unknown as MatrixClient, manager, { peer, isExpected, bell, now: Date.now });
  return client;
}

/** A page that is invited to a call which is wanted on `device`; whether the call was asked for here. */
function invited(device: string, here: boolean) {
  const manager = new CallManager();
  const client = start(null, [], manager, () => here);
  const sdk = new FakeSdkCall(CallDirection.Inbound, "wanted");
  sdk.become(CallState.Ringing);
  const wish = { "org.unisono.device": device };
  client.emit(ClientEvent.ReceivedVoipEvent, event("m.call.invite", "wanted", wish, "@bruno:localhost"));
  client.emit(CallEventHandlerEvent.Incoming, sdk);
  return { client, manager, sdk };
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

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("the page that asked for a call answers it, which rings nowhere", () => {
  const { manager, sdk } = invited("DEVICE", true);
  expect(sdk.answer).toHaveBeenCalledOnce();
  expect(manager.ringing()).toBeUndefined();
});

test("another page of the same browser leaves it to that one", () => {
  const { client, manager, sdk } = invited("DEVICE", false);
  client.emit(ClientEvent.ReceivedVoipEvent, event("m.call.answer", "wanted", { party_id: "DEVICE" }));
  vi.advanceTimersByTime(60_000);
  expect(sdk.answer).not.toHaveBeenCalled();
  expect(manager.store.get().calls).toEqual([]);
});

test("another page takes it when the one that asked has gone", () => {
  const { sdk } = invited("DEVICE", false);
  vi.advanceTimersByTime(1_499);
  expect(sdk.answer).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(sdk.answer).toHaveBeenCalledOnce();
});

test("what is wanted on another device rings nowhere here", () => {
  const { manager, sdk } = invited("OTHER", true);
  vi.advanceTimersByTime(60_000);
  expect([manager.store.get().calls, sdk.answer.mock.calls]).toEqual([[], []]);
});

test("a call for any of my devices rings while the bell does, and no longer", () => {
  const manager = new CallManager();
  const rings = createStore(false);
  const client = start(null, [], manager, () => false, { rings: rings.get, subscribe: rings.subscribe });
  const sdk = new FakeSdkCall(CallDirection.Inbound, "any");
  sdk.become(CallState.Ringing);
  client.emit(CallEventHandlerEvent.Incoming, sdk);
  expect(manager.ringing()).toBeUndefined();
  rings.set(true);
  expect(manager.ringing()?.matrixCallId).toBe("any");
  rings.set(false);
  expect(manager.store.get()).toMatchObject({ calls: [], notices: [] });
  sdk.become(CallState.Ended);
  rings.set(true);
  expect(manager.store.get()).toMatchObject({ calls: [], notices: [] });
});

test("a call that is answered goes on when the bell falls silent", async () => {
  const manager = new CallManager();
  const rings = createStore(true);
  const client = start(null, [], manager, () => false, { rings: rings.get, subscribe: rings.subscribe });
  const sdk = new FakeSdkCall(CallDirection.Inbound, "any");
  sdk.become(CallState.Ringing);
  client.emit(CallEventHandlerEvent.Incoming, sdk);
  const { id } = manager.ringing() ?? { id: "" };
  await manager.answer(id, false);
  sdk.become(CallState.Connected);
  rings.set(false);
  expect(manager.get(id)).toBeDefined();
});

test("the invitation alone says in whose name a call is made", async () => {
  const sent: [string, object][] = [];
  const sdk = {
    sendVoipEvent: (type: string, content: object) => Promise.resolve(void sent.push([type, content])),
  };
  sayOnBehalfOf(sdk as unknown as MatrixCall, "@bruno:localhost");
  await sdk.sendVoipEvent("m.call.invite", { lifetime: 1 });
  await sdk.sendVoipEvent("m.call.candidates", { candidates: [] });
  expect(sent).toEqual([
    ["m.call.invite", { lifetime: 1, "org.unisono.on_behalf_of": "@bruno:localhost" }],
    ["m.call.candidates", { candidates: [] }],
  ]);
});

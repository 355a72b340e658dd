import { callControl, type LiveCall, type RingingCall } from "../../api/calls";
import { onServerEvent, onServerEventsOpen } from "../../api/events";
import { createStore } from "../../state/store";
import { people } from "../../people/people";
import type { CallSnapshot } from "../call";
import { calls } from "../manager";
import { identityOf, peerOf } from "../peer";
import { forgetNames, peerOfAll, rememberName, together } from "./members";

/** My calls in progress, on all of my devices and in all slots, as the house tells them. */
export const liveCalls = createStore<readonly LiveCall[]>([]);

/** What rings for colleagues near me, and I may take. */
export const ringingNear = createStore<readonly RingingCall[]>([]);

/** Every call that this page has had: the house may tell of one for a moment after it has ended here. */
const known = new Set<string>();

/** Keeps them true to the house's word until the answer is called. */
export function followLiveCalls(): () => void {
  // An event that comes before the answer is newer than it.
  let [mine, near] = [0, 0];
  const ask = (): void => {
    const before = { mine: ++mine, near: ++near };
    callControl.live().then(
      (live) => {
        if (before.mine === mine) liveCalls.set(live.calls);
        if (before.near === near) ringingNear.set(live.ringing_near);
      },
      () => undefined, // the connection line tells of a server that does not answer
    );
  };
  const ends = [
    onServerEventsOpen(ask),
    onServerEvent("live_calls", ({ calls: live }) => {
      mine += 1;
      liveCalls.set(live);
    }),
    onServerEvent("ringing_near", ({ user_id: callee, calls: ringing }) => {
      near += 1;
      const others = ringingNear.get().filter((call) => call.callee.user_id !== callee);
      ringingNear.set([...others, ...ringing].toSorted((a, b) => a.since - b.since));
    }),
    liveCalls.subscribe(followPeers),
    calls.store.subscribe(() => {
      for (const { matrixCallId, peer } of calls.store.get().calls) {
        known.add(matrixCallId);
        rememberName(peer);
      }
    }),
  ];
  ask();
  return () => {
    for (const end of ends) end();
    liveCalls.set([]);
    ringingNear.set([]);
    known.clear();
    forgetNames();
  };
}

/** A call whose other side has changed, by a transfer or by somebody who was added, is with whom the house says. */
function followPeers(): void {
  for (const call of calls.store.get().calls) {
    const found = liveOf(call, liveCalls.get());
    const others = together(found);
    if (others.length > 1) {
      const all = peerOfAll(others);
      if (all.name !== call.peer.name) calls.get(call.id)?.setPeer(all);
      continue;
    }
    const peer = found?.peer;
    if (!peer) continue;
    const named = { userId: peer.user_id, name: peer.name || (peer.number ?? ""), number: peer.number };
    const identity = identityOf(named);
    if (identity === null || identity === identityOf(call.peer)) continue;
    const person = peer.user_id ? people.get().byId.get(peer.user_id) : undefined;
    calls.get(call.id)?.setPeer(person ? peerOf(person.user_id, null, person) : named);
  }
}

/** What the house calls a call of this page; undefined while it has not told. */
export function liveOf(
  call: Pick<CallSnapshot, "matrixCallId">,
  live: readonly LiveCall[],
): LiveCall | undefined {
  return live.find((each) => each.matrix_call_id === call.matrixCallId);
}

/** The clocks of a browser and of the house may differ by so much, in ms. */
const CLOCKS = 2_000;

/**
 * Since when I talk, in ms since the epoch; null before. A call that I have brought here from another device goes on
 * from its answer there.
 */
export function talkingSince(
  call: Pick<CallSnapshot, "matrixCallId" | "startedAt" | "connectedAt">,
  live: readonly LiveCall[],
): number | null {
  const found = liveOf(call, live);
  if (call.connectedAt === null || !found || found.state === "ringing") return call.connectedAt;
  return found.since < call.startedAt - CLOCKS ? found.since : call.connectedAt;
}

/** Those of my calls that are not on this page: on my desk phone, in another client, or parked. */
export function elsewhere(live: readonly LiveCall[], here: ReadonlySet<string> = known): LiveCall[] {
  return live.filter((call) => {
    if (call.state === "parked") return true;
    if (call.on === "desk_phone" || call.on === "mobile") return true;
    // What rings for me has a card of its own.
    return call.on === "matrix" && !here.has(call.matrix_call_id ?? "");
  });
}

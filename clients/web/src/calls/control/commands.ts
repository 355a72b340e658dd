import {
  callControl,
  type CallCommand,
  type CallMeeting,
  type CommandDone,
  type LiveCall,
  type RingingCall,
} from "../../api/calls";
import { ApiError } from "../../api/client";
import type { CallOutcome } from "../../api/types";
import { errorWords } from "../../api/errors";
import { i18n } from "../../i18n/i18n";
import { toast } from "../../ui/toasts";
import { calls } from "../manager";
import { additionWords, onAdded } from "./additions";
import { clearFate, type Fate, setFate } from "./fates";
import { failureWords, onTransferFailed } from "./failures";
import { expectHere, expectNothing } from "./expected";
import { goingOver } from "./goingOver";
import { liveCalls, liveOf } from "./live";
import type { Target } from "./targets";

/** How long the house may take to tell of a call that stands here already, in ms. */
const TOLD_MS = 10_000;
/**
 * How long a call may take to leave this page once the house has taken a command, in ms: whoever is rung has the time to
 * answer (`ring_seconds` is at most 120), and until then the two talk on.
 */
const SETTLE_MS: Record<Fate["kind"], number> = {
  transfer: 125_000,
  move: 125_000,
  park: 10_000,
  add: 125_000,
  merge: 10_000,
  meet: 20_000,
};

/** Says in words why a command was not carried out. */
export function sayRefusal(error: unknown): void {
  toast("error", errorWords(error));
}

/** What the house calls a call of this page; waits for what it has not told yet. Throws `ApiError` when it does not. */
async function callIdOf(id: string): Promise<string> {
  const matrixCallId = calls.get(id)?.snapshot().matrixCallId ?? id;
  const found = liveOf({ matrixCallId }, liveCalls.get()) ?? (await told(matrixCallId));
  if (!found) throw new ApiError("call_not_found", 404, "the house does not know this call");
  return found.call_id;
}

function told(matrixCallId: string): Promise<LiveCall | undefined> {
  return new Promise((resolve) => {
    const done = (found?: LiveCall): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(found);
    };
    const unsubscribe = liveCalls.subscribe(() => {
      const found = liveOf({ matrixCallId }, liveCalls.get());
      if (found) done(found);
    });
    const timer = setTimeout(done, TOLD_MS);
  });
}

/** Gives a command about a call of this page; its fate is shown meanwhile, and taken back with a word when refused. */
async function give(
  id: string,
  fate: Fate,
  command: () => Promise<CallCommand>,
): Promise<CommandDone | null> {
  setFate(id, fate);
  let end = (): void => undefined;
  try {
    const callId = await callIdOf(id);
    // It may have failed before the answer is here.
    const failed = new Promise<CallOutcome>((resolve) => (end = onTransferFailed(callId, resolve)));
    const done = await callControl.command(callId, await command());
    if (done.slot !== null) setFate(id, { ...fate, slot: done.slot });
    void failed.then((outcome) => {
      clearFate(id);
      if (calls.get(id)) toast("error", failureWords(fate, outcome));
    });
    // What is still here by then has come through it.
    setTimeout(() => {
      end();
      clearFate(id);
    }, SETTLE_MS[fate.kind]);
    return done;
  } catch (error) {
    end();
    clearFate(id);
    sayRefusal(error);
    return null;
  }
}

/** Gives the other side to somebody, at once. */
export function transfer(id: string, { to, name }: Target): Promise<CommandDone | null> {
  return give(id, { kind: "transfer", name, slot: null }, () => Promise.resolve({ action: "transfer", to }));
}

/** Joins the other sides of two calls: the one that waits, and the one in which its coming was announced. */
export function completeTransfer(id: string, consultId: string, name: string): Promise<CommandDone | null> {
  setFate(consultId, { kind: "transfer", name, slot: null });
  const command = async (): Promise<CallCommand> => ({
    action: "transfer",
    consult: await callIdOf(consultId),
  });
  return give(id, { kind: "transfer", name, slot: null }, command).then((done) => {
    if (done === null) clearFate(consultId);
    return done;
  });
}

/** Leaves the other side in a slot; the slot is told in words. */
export async function park(id: string): Promise<void> {
  await give(id, { kind: "park", name: "", slot: null }, () => Promise.resolve({ action: "park" }));
}

export const moveToDeskPhone = (id: string): Promise<void> => moveTo(id, "desk_phone");
export const moveToMobile = (id: string): Promise<void> => moveTo(id, "mobile");

async function moveTo(id: string, to: "desk_phone" | "mobile"): Promise<void> {
  await give(id, { kind: "move", name: "", slot: null }, () => Promise.resolve({ action: "move", to }));
}

/** Calls somebody into the call, which becomes one of several when they answer; what becomes of it is told. */
export async function add(id: string, target: Target): Promise<CommandDone | null> {
  const { to, name } = target;
  let end = (): void => undefined;
  const came = new Promise<CallOutcome | null>((resolve) => (end = onAdded(id, target, resolve)));
  const done = await give(id, { kind: "add", name, slot: null }, () =>
    Promise.resolve({ action: "add", to }),
  );
  if (done === null) end();
  else
    void came.then((outcome) => {
      clearFate(id);
      if (calls.get(id)) toast(outcome === null ? "success" : "error", additionWords(name, outcome));
    });
  return done;
}

/** Makes one call of several of two calls of this page; the one that is on hold here ends for it. */
export async function merge(one: string, other: string): Promise<void> {
  const waits = calls.get(one)?.snapshot().heldByUs ?? false;
  const [id, joining] = waits ? [other, one] : [one, other];
  const named = (of: string): string => calls.get(of)?.snapshot().peer.name ?? "";
  setFate(joining, { kind: "merge", name: named(id), slot: null });
  const command = async (): Promise<CallCommand> => ({ action: "merge", with: await callIdOf(joining) });
  const done = await give(id, { kind: "merge", name: named(joining), slot: null }, command);
  clearFate(id);
  if (done === null) clearFate(joining);
  else if (calls.get(id)?.snapshot().heldByUs) calls.setHeld(id, false);
}

/** Has a call of several of this page go on as a meeting, and goes over to it. */
export async function meet(id: string): Promise<void> {
  const done = await give(id, { kind: "meet", name: "", slot: null }, () =>
    Promise.resolve({ action: "meet" }),
  );
  if (done?.meeting) goOver(id, done.meeting);
  else clearFate(id);
}

/** Goes over to the meeting that a call of this page goes on as; the call ends here when one is in it. */
export function goOver(id: string, meeting: CallMeeting): void {
  setFate(id, { kind: "meet", name: "", slot: null });
  goingOver.set({ callId: id, meeting });
}

/** Takes a call that is on another device of mine, or parked, to this page. True when it comes. */
export async function takeHere(call: LiveCall): Promise<boolean> {
  try {
    // Its invitation may be here before the answer.
    expectHere();
    if (call.slot === null) await callControl.command(call.call_id, { action: "move", to: "here" });
    else await callControl.pickUp({ slot: call.slot, to: "here" });
    return true;
  } catch (error) {
    expectNothing();
    sayRefusal(error);
    return false;
  }
}

/** Takes a call that rings for a colleague to this page. True when it comes. */
export async function takeRinging(call: RingingCall): Promise<boolean> {
  try {
    expectHere();
    await callControl.pickUp({ call_id: call.call_id, to: "here" });
    return true;
  } catch (error) {
    expectNothing();
    sayRefusal(error);
    return false;
  }
}

export type RecordingStep = Extract<CallCommand, { action: "record" }>["what"];

/** Has a call of this page recorded, paused, or neither. */
export async function record(id: string, what: RecordingStep): Promise<void> {
  try {
    await callControl.command(await callIdOf(id), { action: "record", what });
  } catch (error) {
    sayRefusal(error);
  }
}

/** The same for a call on another device of mine. */
export async function recordThere(call: LiveCall, what: RecordingStep): Promise<void> {
  await callControl.command(call.call_id, { action: "record", what }).catch(sayRefusal);
}

/** Ends a call that is on another device of mine. */
export async function hangUpThere(call: LiveCall): Promise<void> {
  await callControl.command(call.call_id, { action: "hang_up" }).catch(sayRefusal);
}

/** Lets the other side of a call on another device of mine wait, or talks again; the device need not know of it. */
export async function holdThere(call: LiveCall, held: boolean): Promise<void> {
  try {
    await callControl.command(call.call_id, { action: held ? "hold" : "resume" });
  } catch (error) {
    const there = !held && error instanceof ApiError && error.code === "not_possible_now";
    if (there) toast("error", i18n.t("resume_on_phone", { ns: "calls" }));
    else sayRefusal(error);
  }
}

/** The words for what is being done with a call, or was. */
export function fateWords(fate: Fate, done: boolean): string {
  const { kind, name, slot } = fate;
  if (kind === "add") return i18n.t("fate_add_doing", { ns: "calls", name });
  const tense = done ? "done" : "doing";
  if (kind === "park" && done)
    return i18n.t(slot === null ? "fate_park_done" : "fate_park_slot", { ns: "calls", slot });
  return i18n.t(`fate_${kind}_${tense}`, { ns: "calls", name });
}

import type { LiveCall } from "../api/calls";
import { createStore } from "../state/store";
import { liveCalls } from "./control/live";

/** By my rules calls do not ring on this page, as far as it knows them. */
export const quiet = createStore(false);

/** By a rule of mine the house may send a call on to somebody else while it rings here. */
export const sendsOn = createStore(false);

/** By a rule of mine a call that I decline goes on to somebody else. */
export const declinesGoOn = createStore(false);

/** How long what a call does may take to come from Matrix once the house has told of it, in ms. */
const SETTLE_MS = 1_000;

/** Calls that rang for me and now ring for somebody else, by their Matrix ids. */
const gone = createStore<ReadonlySet<string>>(new Set());

/** Calls that I have declined here, by their Matrix ids. */
const declined = createStore<ReadonlySet<string>>(new Set());

/** I have declined this call, by its Matrix id. */
export function silence(id: string): void {
  declined.update((all) => new Set([...all, id]));
}

/** Whether a call rings on this page. A colleague's client invites it without asking the house, whose rules hold. */
export interface Bell {
  rings: (matrixCallId: string) => boolean;
  /** Calls `listener` when that may have changed; the answer ends it. */
  subscribe: (listener: () => void) => () => void;
}

export const bell: Bell = {
  rings: (id) => !gone.get().has(id) && !declined.get().has(id) && (!quiet.get() || sentToMe(id)),
  subscribe: (listener) => {
    const ends = [quiet, gone, declined, liveCalls].map((store) => store.subscribe(listener));
    return () => {
      for (const end of ends) end();
    };
  },
};

/** The house forwards it to me, whatever I have set: where forwards go in a ring, the last one rings. */
function sentToMe(id: string): boolean {
  const sent = liveCalls.get().filter((call) => (call.forwarded_by ?? null) !== null);
  return ringing(sent).has(id);
}

function ringing(live: readonly LiveCall[]): Set<string | null> {
  const mine = live.filter((call) => call.direction === "inbound" && call.state === "ringing");
  return new Set(mine.map((call) => call.matrix_call_id));
}

/** Notices the calls that go on to somebody else: they are mine no more while Matrix says no end of them. */
export function followSentOn(): () => void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  let before = ringing(liveCalls.get());
  const leave = (id: string): void => {
    timers.delete(id);
    if (sendsOn.get()) gone.update((all) => new Set([...all, id]));
  };
  const end = liveCalls.subscribe(() => {
    const live = liveCalls.get();
    const there = new Set(live.map((call) => call.matrix_call_id));
    for (const id of before)
      if (id !== null && !there.has(id)) timers.set(id, setTimeout(leave, SETTLE_MS, id));
    for (const id of there) if (id !== null) comeBack(id);
    before = ringing(live);
  });
  const comeBack = (id: string): void => {
    clearTimeout(timers.get(id));
    timers.delete(id);
    if (gone.get().has(id)) gone.update((all) => new Set([...all].filter((each) => each !== id)));
  };
  return () => {
    end();
    for (const timer of timers.values()) clearTimeout(timer);
    gone.set(new Set());
    declined.set(new Set());
  };
}

/** Whether a phone outside is one of my devices. */
export const mobile = createStore(false);

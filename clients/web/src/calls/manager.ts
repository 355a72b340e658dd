import { type Store, createStore } from "../state/store";
import { type Call, type CallSnapshot, isEngaged, isLive, type Peer } from "./call";
import { needsNotice } from "./endReason";

/** What the surfaces show. `calls` holds the live ones, oldest first; `notices` the ended ones worth a word. */
export interface CallsState {
  readonly calls: readonly CallSnapshot[];
  readonly notices: readonly CallSnapshot[];
  /** Conversations that have just ended, oldest first: who hung up, how long, calling back. */
  readonly receipts: readonly CallSnapshot[];
  /** The call shown at full size, if any. */
  readonly expanded: string | null;
}

export interface Placement {
  roomId: string;
  /** The one who is called; other members of the room do not ring. */
  peer: Peer & { userId: string };
  video: boolean;
  /** The user in whose name it is made, if not in my own. */
  onBehalfOf?: string;
}

/** Makes an outgoing call; it starts at once and tells its fate in its snapshots. */
export type PlaceCall = (placement: Placement) => Promise<Call>;

/** How long somebody's call waits for the connection to the homeserver, in ms. */
const CONNECTION_WAIT_MS = 15_000;

/** No call can be placed: the connection to the homeserver is still being made. */
export class CallsNotReady extends Error {
  constructor() {
    super("calls are not ready");
    this.name = "CallsNotReady";
  }
}

const EMPTY: CallsState = { calls: [], notices: [], receipts: [], expanded: null };

/** All calls of this device. At most one of them speaks: answering or resuming one holds the others. */
export class CallManager {
  readonly store: Store<CallsState> = createStore(EMPTY);
  private readonly live = new Map<string, Call>();
  private readonly ends = new Map<string, () => void>();
  private readonly placer = createStore<PlaceCall | null>(null);
  /** Ends the wait of the call that waits for the connection. */
  private giveUp: (() => void) | null = null;

  /** Gives the protocol that places calls, or takes it away (null) when the connection ends. */
  usePlacer(place: PlaceCall | null): void {
    this.placer.set(place);
  }

  /**
   * Calls somebody. A call that is made while the page is still connecting waits for it; throws `CallsNotReady` when
   * the connection does not come, and for a second call made meanwhile.
   */
  async place(placement: Placement): Promise<Call> {
    const placeCall = this.placer.get() ?? (await this.connected());
    this.holdOthers(null);
    const call = await placeCall(placement);
    this.adopt(call);
    if (placement.video) this.expand(call.id);
    return call;
  }

  /** Takes in a call that somebody else made, ringing or not. */
  adopt(call: Call): void {
    if (this.live.has(call.id)) return;
    this.live.set(call.id, call);
    this.ends.set(
      call.id,
      call.subscribe(() => this.onChange(call)),
    );
    this.onChange(call);
  }

  get(id: string): Call | undefined {
    return this.live.get(id);
  }

  /** Forgets a call that rings and is not to be answered here, for now or for good. */
  forgetRinging(id: string): void {
    if (this.live.get(id)?.snapshot().phase !== "ringing-in") return;
    this.drop(id);
    this.publish(null);
  }

  async answer(id: string, video: boolean): Promise<void> {
    const call = this.live.get(id);
    if (!call) return;
    this.holdOthers(id);
    if (video) this.expand(id);
    await call.answer(video);
  }

  /** The call that rings longest, the one that Ctrl+Enter answers. */
  ringing(): CallSnapshot | undefined {
    return this.store.get().calls.find((call) => call.phase === "ringing-in");
  }

  setHeld(id: string, held: boolean): void {
    if (!held) this.holdOthers(id);
    this.live.get(id)?.setHeld(held);
  }

  expand(id: string | null): void {
    this.store.update((state) => ({ ...state, expanded: id }));
  }

  dismiss(id: string): void {
    const others = (ended: CallSnapshot): boolean => ended.id !== id;
    this.store.update((state) => ({
      ...state,
      notices: state.notices.filter(others),
      receipts: state.receipts.filter(others),
    }));
  }

  /** True while leaving the page would cut somebody off. */
  engaged(): boolean {
    return this.store.get().calls.some(isEngaged);
  }

  /** The page goes away. */
  abandonAll(): void {
    for (const call of this.live.values()) void call.abandon();
  }

  /**
   * The session ends: each call is closed here at once, microphone included. Resolves when the others have been told,
   * for which the session's device is still needed.
   */
  async endAll(): Promise<void> {
    // The next connection may be somebody else's.
    this.giveUp?.();
    const farewells = [...this.live.values()].map((call) => {
      const told = call.abandon();
      if (isEngaged(call.snapshot())) call.hangUp();
      return told;
    });
    await Promise.all(farewells);
  }

  private connected(): Promise<PlaceCall> {
    return new Promise((resolve, reject) => {
      if (this.giveUp) throw new CallsNotReady();
      const finish = (settle: () => void): void => {
        this.giveUp = null;
        unsubscribe();
        clearTimeout(timer);
        settle();
      };
      const unsubscribe = this.placer.subscribe(() => {
        const placeCall = this.placer.get();
        if (placeCall) finish(() => resolve(placeCall));
      });
      this.giveUp = () => finish(() => reject(new CallsNotReady()));
      const timer = setTimeout(this.giveUp, CONNECTION_WAIT_MS);
    });
  }

  private holdOthers(id: string | null): void {
    for (const call of this.live.values()) {
      const { phase, heldByUs } = call.snapshot();
      const speaks = phase === "connected" || (phase === "held" && !heldByUs);
      if (call.id !== id && speaks) call.setHeld(true);
    }
  }

  private onChange(call: Call): void {
    const snapshot = call.snapshot();
    if (!isLive(snapshot)) this.drop(call.id);
    this.publish(isLive(snapshot) ? null : snapshot);
  }

  private drop(id: string): void {
    this.ends.get(id)?.();
    this.ends.delete(id);
    this.live.delete(id);
  }

  private publish(ended: CallSnapshot | null): void {
    this.store.update((state) => {
      const { notice, receipt } = farewellOf(ended);
      return {
        calls: [...this.live.values()].map((call) => call.snapshot()),
        notices: [...state.notices, ...notice],
        receipts: [...state.receipts, ...receipt],
        expanded: ended?.id === state.expanded ? null : state.expanded,
      };
    });
  }
}

/** A conversation ends with a receipt; an attempt with a word, where the person does not know already. */
function farewellOf(ended: CallSnapshot | null): { notice: CallSnapshot[]; receipt: CallSnapshot[] } {
  if (!ended?.endReason) return { notice: [], receipt: [] };
  if (ended.connectedAt !== null) return { notice: [], receipt: [ended] };
  return { notice: needsNotice(ended.endReason) ? [ended] : [], receipt: [] };
}

export const calls = new CallManager();

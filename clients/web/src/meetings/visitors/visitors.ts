import { onServerEvent, onServerEventsOpen } from "../../api/events";
import { meetings, type Decision, type Openness, type Visitor, type VisitorState } from "../../api/meetings";
import { toast } from "../../ui/toasts";
import { i18n } from "../../i18n/i18n";
import { createStore, type Store } from "../../state/store";

/** The visitors of one meeting, known while somebody looks. */
interface Watched {
  store: Store<readonly Visitor[]>;
  lookers: number;
  asked: number;
  known: boolean;
  end: () => void;
}

const watched = new Map<string, Watched>();
const none = createStore<readonly Visitor[]>([]);

/** Keeps the visitors of a meeting true to the server until the answer is called; several may look at once. */
export function followVisitors(meetingId: string): () => void {
  const looked = watched.get(meetingId) ?? begin(meetingId);
  looked.lookers += 1;
  return () => {
    looked.lookers -= 1;
    if (looked.lookers > 0) return;
    looked.end();
    watched.delete(meetingId);
  };
}

/** All visitors of a meeting that is followed, the longest there first; empty for any other. */
export function visitorsOf(meetingId: string | null): Store<readonly Visitor[]> {
  return (meetingId !== null && watched.get(meetingId)?.store) || none;
}

/**
 * Lets somebody in or sends them away. It shows at once, and is taken back when it fails; only a telephone that might
 * have to be asked about stays where it is until the server has answered.
 *
 * @throws ApiError - "encrypted_meeting" for a telephone that must be let in explicitly. Another moderator's decision,
 * taken meanwhile, is none.
 */
export async function decide(meetingId: string, visitor: Visitor, decision: Decision): Promise<void> {
  const next = decision.decision === "admit" ? "admitted" : "refused";
  const doubtful = visitor.kind === "phone" && next === "admitted" && !decision.allow_unencrypted;
  if (!doubtful) mark(meetingId, visitor.id, next);
  try {
    await meetings.decide(meetingId, visitor.id, decision);
    mark(meetingId, visitor.id, next);
  } catch (error) {
    if ((error as { code?: string }).code === "already_decided") return void (await load(meetingId));
    mark(meetingId, visitor.id, visitor.state);
    throw error;
  }
}

/**
 * Calls a telephone into the meeting, and says in words when nobody comes, whether or not somebody still looks.
 *
 * @throws ApiError - when it cannot even be called.
 */
export async function callPhone(meetingId: string, number: string, openness: Openness): Promise<void> {
  const end = followVisitors(meetingId);
  try {
    const { id } = await meetings.callPhone(meetingId, number, openness);
    untilAnswered(meetingId, id, end);
  } catch (error) {
    end();
    throw error;
  }
}

function untilAnswered(meetingId: string, id: string, answered: () => void): void {
  const store = visitorsOf(meetingId);
  const rings = (): boolean => (store.get().find((each) => each.id === id)?.state ?? "calling") === "calling";
  if (!rings()) return answered();
  const stop = store.subscribe(() => {
    if (rings()) return;
    stop();
    answered();
  });
}

function begin(meetingId: string): Watched {
  const ends = [
    onServerEventsOpen(() => void load(meetingId)),
    onServerEvent("meetings", (event) => {
      if (event.meeting_id === meetingId) void load(meetingId);
    }),
  ];
  const looked: Watched = {
    store: createStore<readonly Visitor[]>([]),
    lookers: 0,
    asked: 0,
    known: false,
    end: () => {
      for (const end of ends) end();
    },
  };
  watched.set(meetingId, looked);
  void load(meetingId);
  return looked;
}

/** Asks for them again; without an answer what is known stays, and the connection line tells. */
async function load(meetingId: string): Promise<void> {
  const looked = watched.get(meetingId);
  if (!looked) return;
  const turn = ++looked.asked;
  const list = await meetings.visitors(meetingId).catch(() => null);
  if (!list || turn !== looked.asked) return;
  const before = looked.store.get();
  looked.store.set(list.toSorted((a, b) => a.since - b.since));
  // What happened before one looked is no news.
  if (looked.known) tellNotReached(before, list);
  looked.known = true;
}

function tellNotReached(before: readonly Visitor[], now: readonly Visitor[]): void {
  const told = new Set(before.filter((each) => each.not_reached !== null).map((each) => each.id));
  for (const { id, name, not_reached: reason } of now) {
    if (reason === null || told.has(id)) continue;
    toast("info", i18n.t(`not_reached_${reason}`, { ns: "meetings/visitors", name }));
  }
}

function mark(meetingId: string, id: string, state: VisitorState): void {
  watched
    .get(meetingId)
    ?.store.update((list) => list.map((each) => (each.id === id ? { ...each, state } : each)));
}

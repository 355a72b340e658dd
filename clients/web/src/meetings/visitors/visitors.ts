import { onServerEvent, onServerEventsOpen } from "../../api/events";
import { meetings, type Decision, type Visitor, type VisitorState } from "../../api/meetings";
import { createStore, type Store } from "../../state/store";

/** The visitors of one meeting, known while somebody looks. */
interface Watched {
  store: Store<readonly Visitor[]>;
  lookers: number;
  asked: number;
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
  if (list && turn === looked.asked) looked.store.set(list.toSorted((a, b) => a.since - b.since));
}

function mark(meetingId: string, id: string, state: VisitorState): void {
  watched
    .get(meetingId)
    ?.store.update((list) => list.map((each) => (each.id === id ? { ...each, state } : each)));
}

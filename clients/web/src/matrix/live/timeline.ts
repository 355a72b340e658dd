import {
  Direction,
  MatrixEventEvent,
  RoomEvent,
  RoomStateEvent,
  type MatrixClient,
  type MatrixEvent,
  type Room,
  type RoomState,
} from "matrix-js-sdk";
import { numberFormat } from "../../numbers/numberFormat";
import { people } from "../../people/people";
import { createStore, type Store } from "../../state/store";
import { readGuestWords } from "../guestWords";
import type { Beyond, Entry, Reader, TimelineState } from "../timeline";
import { directRooms } from "./direct";
import { onQuoteFetched, readMessage } from "./messages";
import { memberName } from "./names";
import { readNotice, storiesOf } from "./notices";
import { pastSource, type Source } from "./past";
import { pendingOf } from "./pending";
import { coalesce } from "./schedule";
import { unreadMessages } from "./unread";

/** Entries that fill a tall window: fewer are shown only when there are no more. */
const ENOUGH = 30;
const PAGE = 50;
/** A page may hold only reactions and edits; after so many in a row the reader may ask again. */
const PAGES_AT_ONCE = 6;

export interface RoomTimeline {
  store: Store<TimelineState>;
  /** Around a message of the past: what is said now may be far. */
  past: boolean;
  loadOlder: () => Promise<void>;
  loadNewer: () => Promise<void>;
  /** Marks where what is unread begins now, as the room is opened. */
  opened: () => void;
  close: () => void;
}

const opened = new WeakMap<MatrixClient, Map<string, RoomTimeline>>();

/** The timeline of a room; the same one each time, so that coming back shows it at once. */
export function openTimeline(client: MatrixClient, room: Room): RoomTimeline {
  const known = opened.get(client) ?? new Map<string, RoomTimeline>();
  opened.set(client, known);
  const found = known.get(room.roomId) ?? follow(client, room, liveSource(client, room));
  known.set(room.roomId, found);
  return found;
}

/** The timeline around a message, to be closed in the end: the live one where the message is in it. */
export async function openAround(client: MatrixClient, room: Room, eventId: string): Promise<RoomTimeline> {
  if (
    room
      .getLiveTimeline()
      .getEvents()
      .some((event) => event.getId() === eventId)
  )
    return openTimeline(client, room);
  return follow(client, room, await pastSource(client, room, eventId, PAGE));
}

function liveSource(client: MatrixClient, room: Room): Source {
  return {
    past: false,
    events: () => allEvents(room),
    reaches: (direction) =>
      direction === Direction.Backward && room.getLiveTimeline().getPaginationToken(direction) !== null,
    fetch: () => client.paginateEventTimeline(room.getLiveTimeline(), { backwards: true, limit: PAGE }),
  };
}

function follow(client: MatrixClient, room: Room, source: Source): RoomTimeline {
  const store = createStore<TimelineState>({
    status: "loading",
    entries: [],
    readers: new Map(),
    unreadAfter: null,
    older: "more",
    newer: source.past ? "more" : "none",
  });
  const show = (): void => publishTimeline(client, room, source, store);
  const publish = coalesce(show);
  const ends = subscribe(client, room, publish.ask);

  const load = async (side: "older" | "newer"): Promise<void> => {
    if (store.get()[side] === "loading" || store.get()[side] === "none") return;
    store.update((state) => ({ ...state, [side]: "loading" }));
    const direction = side === "older" ? Direction.Backward : Direction.Forward;
    const beyond = await fetchMore(client, room, source, direction);
    publish.cancel();
    store.update((state) => ({ ...state, [side]: beyond, status: "ready" }));
    show();
  };
  const loadOlder = (): Promise<void> => load("older");

  show();
  const filled = store.get().entries.length >= ENOUGH;
  store.update((state) => ({ ...state, status: filled ? "ready" : "loading" }));
  if (!filled) void loadOlder();
  return {
    store,
    past: source.past,
    loadOlder,
    loadNewer: () => load("newer"),
    opened: () => store.update((state) => ({ ...state, unreadAfter: readUpTo(client, room) })),
    close: () => {
      for (const end of ends) end();
      publish.cancel();
    },
  };
}

function subscribe(client: MatrixClient, room: Room, ask: () => void): (() => void)[] {
  const ofState = (_event: MatrixEvent, state: RoomState): void => {
    if (state.roomId === room.roomId) ask();
  };
  const ofEvent = (event: MatrixEvent): void => {
    if (event.getRoomId() === room.roomId) ask();
  };
  const events = [
    RoomEvent.Timeline,
    RoomEvent.TimelineReset,
    RoomEvent.LocalEchoUpdated,
    RoomEvent.Redaction,
    RoomEvent.RedactionCancelled,
    RoomEvent.Receipt,
  ] as const;
  for (const event of events) room.on(event, ask);
  client.on(RoomStateEvent.Members, ofState);
  client.on(MatrixEventEvent.Replaced, ofEvent);
  client.on(MatrixEventEvent.Decrypted, ofEvent);
  return [
    () => {
      for (const event of events) room.off(event, ask);
      client.off(RoomStateEvent.Members, ofState);
      client.off(MatrixEventEvent.Replaced, ofEvent);
      client.off(MatrixEventEvent.Decrypted, ofEvent);
    },
    onQuoteFetched((roomId) => roomId === room.roomId && ask()),
    people.subscribe(ask),
    numberFormat.subscribe(ask),
  ];
}

async function fetchMore(
  client: MatrixClient,
  room: Room,
  source: Source,
  direction: Direction,
): Promise<Beyond> {
  const count = (): number => buildEntries(client, room, source, new Map()).entries.length;
  const before = count();
  try {
    for (let page = 0; page < PAGES_AT_ONCE; page++) {
      if (!source.reaches(direction)) return "none";
      if (!(await source.fetch(direction))) return "none";
      if (count() - before >= ENOUGH) break;
    }
    return source.reaches(direction) ? "more" : "none";
  } catch {
    return "failed";
  }
}

function publishTimeline(
  client: MatrixClient,
  room: Room,
  source: Source,
  store: Store<TimelineState>,
): void {
  const shown = store.get();
  const before = new Map(shown.entries.map((entry) => [entry.key, entry]));
  const built = buildEntries(client, room, source, before);
  const entries = sameList(shown.entries, built.entries) ? shown.entries : built.entries;
  const readers = sameReaders(shown.readers, built.readers) ? shown.readers : built.readers;
  const beyond = (known: Beyond, direction: Direction): Beyond =>
    source.reaches(direction) ? (known === "none" ? "more" : known) : "none";
  store.update((state) => ({
    ...state,
    entries,
    readers,
    older: beyond(state.older, Direction.Backward),
    newer: beyond(state.newer, Direction.Forward),
  }));
}

/** The entries and readers of what is loaded; an entry that did not change is the same object as before. */
function buildEntries(
  client: MatrixClient,
  room: Room,
  source: Source,
  before: ReadonlyMap<string, Entry>,
): Pick<TimelineState, "entries" | "readers"> {
  const me = client.getSafeUserId();
  const events = source.events();
  const context = {
    me,
    direct: directRooms(client).has(room.roomId),
    stories: storiesOf(events, Date.now()),
  };
  const entries: Entry[] = [];
  const readers = new Map<string, Reader[]>();
  const said = new Set<string>();
  for (const event of events) {
    if (isRepeated(event, said)) continue;
    const entry = readMessage(client, room, event) ?? readNotice(room, event, context);
    if (entry) entries.push(same(before.get(entry.key), entry));
    const shown = entries.at(-1);
    if (shown) addReaders(room, event, shown, me, readers);
  }
  return { entries, readers };
}

/** Whether a guest's words stand there already, as another member wrote them down, too. */
function isRepeated(event: MatrixEvent, said: Set<string>): boolean {
  const key = event.isRedacted() ? undefined : readGuestWords(event.getContent())?.key;
  if (key === undefined) return false;
  const repeated = said.has(key);
  said.add(key);
  return repeated;
}

/** What is loaded, with what the SDK has lost sight of: see `followPending`. */
function allEvents(room: Room): MatrixEvent[] {
  const events = room.getLiveTimeline().getEvents();
  const there = new Set(events);
  return [...events, ...pendingOf(room).filter((event) => !there.has(event))];
}

function sameList(before: readonly Entry[], after: readonly Entry[]): boolean {
  return before.length === after.length && before.every((entry, index) => entry === after[index]);
}

function sameReaders(before: TimelineState["readers"], after: TimelineState["readers"]): boolean {
  return JSON.stringify([...before]) === JSON.stringify([...after]);
}

function same(before: Entry | undefined, after: Entry): Entry {
  return before && JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

function addReaders(
  room: Room,
  event: MatrixEvent,
  shown: Entry,
  me: string,
  readers: Map<string, Reader[]>,
): void {
  const sender = shown.type === "message" ? shown.sender : null;
  for (const { userId } of room.getReceiptsForEvent(event)) {
    if (userId === me || userId === sender) continue;
    const list = readers.get(shown.key) ?? [];
    if (!list.some((reader) => reader.userId === userId))
      list.push({ userId, name: memberName(room, userId) });
    readers.set(shown.key, list);
  }
}

/** The key of the last entry that I have read, when something of others came after it. */
function readUpTo(client: MatrixClient, room: Room): string | null {
  const me = client.getSafeUserId();
  if (unreadMessages(client, room) === 0) return null;
  const readId = room.getEventReadUpTo(me);
  const events = room.getLiveTimeline().getEvents();
  const index = events.findIndex((event) => event.getId() === readId);
  if (index < 0) return null;
  const none = { me, direct: directRooms(client).has(room.roomId), stories: new Map() };
  const shown = events
    .slice(0, index + 1)
    .findLast((event) => readMessage(client, room, event) ?? readNotice(room, event, none));
  return shown ? ((readMessage(client, room, shown) ?? readNotice(room, shown, none))?.key ?? null) : null;
}

import {
  Direction,
  Method,
  type IRoomEvent,
  type MatrixClient,
  type MatrixEvent,
  type Room,
} from "matrix-js-sdk";

/** Where the events of a timeline come from. */
export interface Source {
  /** Around a message of the past: what is said now may be far. */
  past: boolean;
  events: () => MatrixEvent[];
  reaches: (direction: Direction) => boolean;
  /** False where there are no more. */
  fetch: (direction: Direction) => Promise<boolean>;
}

interface Context {
  start: string;
  end: string;
  event: IRoomEvent;
  events_before: IRoomEvent[];
  events_after: IRoomEvent[];
}

/**
 * The events around one of the past, in pages both ways. The SDK's own timelines beside the live one would keep
 * whatever was loaded before a gap in the sync, in every room.
 */
export async function pastSource(
  client: MatrixClient,
  room: Room,
  eventId: string,
  limit: number,
): Promise<Source> {
  const path = `/rooms/${encodeURIComponent(room.roomId)}/context/${encodeURIComponent(eventId)}`;
  const context = await client.http.authedRequest<Context>(Method.Get, path, { limit: String(limit) });
  const read = (events: IRoomEvent[]): MatrixEvent[] => events.map(client.getEventMapper());
  let events = read([...context.events_before.toReversed(), context.event, ...context.events_after]);
  const tokens: Record<Direction, string | null> = {
    [Direction.Backward]: context.start,
    [Direction.Forward]: context.end,
  };
  /** Whether everything was there that had been said when it was last asked. */
  let present = false;
  relate(room, events);

  const fetch = async (direction: Direction): Promise<boolean> => {
    const token = tokens[direction];
    if (token === null) return false;
    const page = await client.createMessagesRequest(room.roomId, token, limit, direction);
    const known = new Set(events.map((event) => event.getId()));
    const fresh = read(page.chunk).filter((event) => !known.has(event.getId()));
    relate(room, fresh);
    events = direction === Direction.Forward ? [...events, ...fresh] : [...fresh.toReversed(), ...events];
    if (direction === Direction.Forward) {
      // The end of what is said now is where the next message comes after.
      present = page.chunk.length === 0 || !page.end;
      tokens[direction] = page.end ?? token;
    } else {
      tokens[direction] = page.end ?? null;
    }
    return page.chunk.length > 0;
  };
  return {
    past: true,
    events: () => events,
    fetch,
    reaches: (direction) => {
      if (direction === Direction.Backward) return tokens[direction] !== null;
      const newest = room.getLiveTimeline().getEvents().at(-1)?.getId();
      return !present || (newest !== undefined && !events.some((event) => event.getId() === newest));
    },
  };
}

/** Reactions and edits find what they are about, and the other way round. */
function relate(room: Room, events: MatrixEvent[]): void {
  for (const event of events) {
    room.relations.aggregateParentEvent(event);
    room.relations.aggregateChildEvent(event);
  }
}

import type { Arrangement } from "../session/types";

/** How a meeting is that is not divided. */
export const NO_ROOMS: Arrangement = { rooms: [], mine: null, main: [], closesAt: null };

/**
 * Where a change of the rooms sends whoever is in `place`; undefined where it lets them be. Who went elsewhere by
 * themselves stays there, until they are put into another room or theirs is closed.
 */
export function sentTo(
  before: Arrangement,
  after: Arrangement,
  place: string | null,
): string | null | undefined {
  const closed = place !== null && roomName(after, place) === null;
  const put = after.mine !== before.mine;
  return (closed || put) && after.mine !== place ? after.mine : undefined;
}

/** The name of a room; null for the main room, and for one that is not known. */
export function roomName(arrangement: Arrangement, place: string | null): string | null {
  return arrangement.rooms.find((room) => room.id === place)?.name ?? null;
}

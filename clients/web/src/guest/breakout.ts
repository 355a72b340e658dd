import { type GuestBreakout, guests } from "../api/guest";
import { NO_ROOMS } from "../meetings/breakouts/places";
import type { Arrangement, Breakouts } from "../meetings/session/types";

/** A guest's own breakout room, which is all that they know of the rooms: asked for, and told by the server's events. */
export class OwnBreakout implements Breakouts {
  private readonly listeners = new Set<(arrangement: Arrangement) => void>();

  async read(): Promise<Arrangement> {
    return arrangementOf((await guests.place()).breakout);
  }

  follow(listener: (arrangement: Arrangement) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The server says where the guest belongs. */
  tell(breakout: Told | null | undefined): void {
    for (const listener of [...this.listeners]) listener(arrangementOf(breakout));
  }
}

type Told = Pick<GuestBreakout, "closes_at"> & { id: string | null; name: string | null };

function arrangementOf(breakout: Told | null | undefined): Arrangement {
  if (!breakout?.id) return NO_ROOMS;
  const { id, name, closes_at: closesAt } = breakout;
  return { ...NO_ROOMS, rooms: [{ id, name: name ?? "", people: [], inside: [] }], mine: id, closesAt };
}

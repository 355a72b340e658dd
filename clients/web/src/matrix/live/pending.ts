import {
  ClientEvent,
  ConnectionError,
  EventStatus,
  EventType,
  RoomEvent,
  SyncState,
  type MatrixClient,
  type MatrixEvent,
  type Room,
} from "matrix-js-sdk";

/** Only what a person said: a call's events are worth nothing later. */
const KEPT = new Set<string>([EventType.RoomMessage, EventType.Reaction]);

const pending = new WeakMap<Room, Set<MatrixEvent>>();

/**
 * Remembers what is being sent or was not sent. The SDK keeps such events in the live timeline and forgets them
 * with it after a gap in the sync, which is just when sending fails; its "detached" ordering would keep them, but
 * refuses to send anything more in the room, calls included, while one message waits. When the connection is back,
 * what failed for its lack is sent again.
 */
export function followPending(client: MatrixClient): () => void {
  const onEcho = (event: MatrixEvent, room: Room): void => {
    if (!KEPT.has(event.getType())) return;
    const waiting = pending.get(room) ?? new Set();
    pending.set(room, waiting);
    if (event.status === null || event.status === EventStatus.CANCELLED) waiting.delete(event);
    else waiting.add(event);
  };
  const onSync = (state: SyncState, before: SyncState | null): void => {
    const back = state === SyncState.Syncing && before !== SyncState.Syncing;
    if (back) void resendAll(client);
  };
  client.on(RoomEvent.LocalEchoUpdated, onEcho);
  client.on(ClientEvent.Sync, onSync);
  return () => {
    client.off(RoomEvent.LocalEchoUpdated, onEcho);
    client.off(ClientEvent.Sync, onSync);
  };
}

/** What waits in a room, in the order of writing. */
export function pendingOf(room: Room): readonly MatrixEvent[] {
  return [...(pending.get(room) ?? [])];
}

async function resendAll(client: MatrixClient): Promise<void> {
  for (const room of client.getRooms()) {
    for (const event of pendingOf(room)) {
      const lost =
        event.status === EventStatus.NOT_SENT && (event.error as Error | null) instanceof ConnectionError;
      // What fails again stays where it is, with "send again" under it.
      if (lost) await client.resendEvent(event, room).catch(() => undefined);
    }
  }
}

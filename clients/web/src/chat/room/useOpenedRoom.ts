import type { MatrixClient, Room } from "matrix-js-sdk";
import { useMemo, useState } from "react";
import { RoomActions } from "../../matrix/live/actions";
import { openTimeline, type RoomTimeline } from "../../matrix/live/timeline";
import type { Composing, OpenRoom } from "./context";

export interface OpenedRoom {
  context: OpenRoom;
  timeline: RoomTimeline;
  composing: Composing;
}

/** Opens a room for reading and writing in it. */
export function useOpenedRoom(client: MatrixClient, room: Room): OpenedRoom {
  const [composing, setComposing] = useState<Composing>({ kind: "new" });
  // Opened before the first paint: once it is seen, its messages are no longer unread.
  const [timeline] = useState(() => {
    const opened = openTimeline(client, room);
    opened.opened();
    return opened;
  });
  const context = useMemo(
    () => ({ client, room, actions: new RoomActions(client, room), setComposing }),
    [client, room],
  );
  return { context, timeline, composing };
}

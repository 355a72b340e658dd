import type { MatrixClient, Room } from "matrix-js-sdk";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { RoomActions } from "../../matrix/live/actions";
import { openAround, openTimeline, type RoomTimeline } from "../../matrix/live/timeline";
import { toast } from "../../ui/toasts";
import type { Composing, OpenRoom } from "./context";

export interface OpenedRoom {
  context: OpenRoom;
  timeline: RoomTimeline;
  /** The message that is looked for. */
  focus: string | null;
  composing: Composing;
}

/** Opens a room for reading and writing in it, at what is said now or around a message. */
export function useOpenedRoom(client: MatrixClient, room: Room, eventId: string | null): OpenedRoom {
  const [composing, setComposing] = useState<Composing>({ kind: "new" });
  // Opened before the first paint: once it is seen, its messages are no longer unread.
  const [live] = useState(() => {
    const opened = openTimeline(client, room);
    opened.opened();
    return opened;
  });
  const around = useAround(client, room, eventId);
  const context = useMemo(
    () => ({ client, room, actions: new RoomActions(client, room), setComposing }),
    [client, room],
  );
  return { context, timeline: around ?? live, focus: around && eventId, composing };
}

/** The timeline around a message as soon as it is there; null until then, and where it cannot be had. */
function useAround(client: MatrixClient, room: Room, eventId: string | null): RoomTimeline | null {
  const { t } = useTranslation("chat");
  const [found, setFound] = useState<{ eventId: string; timeline: RoomTimeline } | null>(null);
  useEffect(() => {
    if (!eventId) return undefined;
    let gone = false;
    let opened: RoomTimeline | null = null;
    openAround(client, room, eventId).then(
      (timeline) => {
        opened = timeline;
        if (gone && timeline.past) timeline.close();
        else setFound({ eventId, timeline });
      },
      () => gone || toast("info", t("message_gone")),
    );
    return () => {
      gone = true;
      if (opened?.past) opened.close();
    };
  }, [client, room, eventId, t]);
  return found !== null && found.eventId === eventId ? found.timeline : null;
}

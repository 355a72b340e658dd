import type { MatrixClient, Room } from "matrix-js-sdk";
import { createContext, use } from "react";
import type { RoomActions } from "../../matrix/live/actions";
import type { Message } from "../../matrix/timeline";

/** What the composer is about: a fresh message, an answer, or a message being edited. */
export type Composing = { kind: "new" } | { kind: "reply" | "edit"; message: Message };

/** The open room, for the parts inside it. */
export interface OpenRoom {
  client: MatrixClient;
  room: Room;
  actions: RoomActions;
  setComposing: (next: Composing) => void;
}

export const RoomContext = createContext<OpenRoom | null>(null);

export function useOpenRoom(): OpenRoom {
  const open = use(RoomContext);
  if (!open) throw new Error("outside of an open room");
  return open;
}

import { type ComponentType, createContext, useContext } from "react";
import type { RoomSummary } from "../matrix/rooms";

/** What other features show within a conversation; the shell fills it, so that chat knows none of them. */
export interface ChatSlots {
  /** Beside a conversation's name: the way into its meeting. */
  Actions: ComponentType<{ room: RoomSummary }>;
  /** In the list: that something goes on in this conversation. */
  Mark: ComponentType<{ roomId: string }>;
}

const Nothing = (): null => null;

export const SlotsContext = createContext<ChatSlots>({ Actions: Nothing, Mark: Nothing });

export function useSlots(): ChatSlots {
  return useContext(SlotsContext);
}

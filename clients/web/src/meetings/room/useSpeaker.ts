import type { ParticipantSnapshot } from "../session/types";
import { type TileSpec, useStage } from "./useStage";

const SMALL = { width: 320, height: 200 };

/** The one worth seeing where there is room for one picture: the shared screen, or who speaks. */
export function useSpeaker(people: readonly ParticipantSnapshot[]): TileSpec | null {
  return useStage(people, SMALL, "speaker").main;
}

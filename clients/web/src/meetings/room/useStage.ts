import { useState } from "react";
import { createStore, useStore } from "../../state/store";
import type { ParticipantSnapshot } from "../session/types";
import { capacityOf, heardLast, seats, speakerOf, type Area } from "./arrange";

export type LayoutChoice = "auto" | "grid" | "speaker";

/** How the person wants to see the meeting: it holds while they move about in the client. */
export const layoutChoice = createStore<LayoutChoice>("auto");
/** Whom the person wants to see large; null for whoever speaks. */
export const pinned = createStore<string | null>(null);

export interface TileSpec {
  readonly key: string;
  readonly kind: "camera" | "screen";
  readonly participant: ParticipantSnapshot;
}

export interface Stage {
  readonly layout: "grid" | "speaker";
  /** What stands in the middle of the speaker's layout. */
  readonly main: TileSpec | null;
  /** The grid, or the strip beside the middle. */
  readonly tiles: readonly TileSpec[];
  /** Participants without a tile. */
  readonly hidden: number;
}

interface Memory {
  seats: readonly string[];
  heard: readonly string[];
  speaker: string | null;
}

/**
 * Who is shown where; calm, for it remembers where everybody was.
 *
 * @param fixed a layout that this place has whatever the person chose.
 */
export function useStage(
  people: readonly ParticipantSnapshot[],
  area: Area,
  fixed: LayoutChoice | null = null,
): Stage {
  const chosen = useStore(layoutChoice);
  const choice = fixed ?? chosen;
  const pin = useStore(pinned);
  const [memory, setMemory] = useState<Memory>({ seats: [], heard: [], speaker: null });
  const screens = people.filter((each) => each.screenOn);
  const layout = choice === "auto" ? (screens.length > 0 || pin !== null ? "speaker" : "grid") : choice;
  const next = remember(memory, people, layout === "grid" ? capacityOf(area) : stripCapacity(area), pin);
  // Remembered while rendering: there is no moment in which a tile stands in a wrong place.
  if (next !== memory) setMemory(next);
  return stageOf(layout, next, people, screens, pin);
}

function remember(
  memory: Memory,
  people: readonly ParticipantSnapshot[],
  capacity: number,
  pin: string | null,
): Memory {
  const heard = heardLast(memory.heard, people);
  const speaker = speakerOf(memory.speaker, people, heard, pin);
  const seated = seats(memory.seats, people, capacity, heard);
  const same = heard === memory.heard && speaker === memory.speaker && seated === memory.seats;
  return same ? memory : { heard, speaker, seats: seated };
}

/** The strip beside the middle takes one row or column of small tiles. */
function stripCapacity({ width, height }: Area): number {
  return Math.max(2, Math.min(8, Math.floor(Math.max(width, height) / 180)));
}

function stageOf(
  layout: "grid" | "speaker",
  memory: Memory,
  people: readonly ParticipantSnapshot[],
  screens: readonly ParticipantSnapshot[],
  pin: string | null,
): Stage {
  const byIdentity = new Map(people.map((each) => [each.identity, each]));
  const cameras = memory.seats.flatMap((identity) => {
    const participant = byIdentity.get(identity);
    return participant ? [cameraTile(participant)] : [];
  });
  const hidden = people.length - cameras.length;
  if (layout === "grid")
    return { layout, main: null, tiles: [...screens.map(screenTile), ...cameras], hidden };
  // The newest screen is what people look at, unless somebody was pinned.
  const shared = screens.at(-1);
  const speaker = memory.speaker === null ? undefined : byIdentity.get(memory.speaker);
  const main = shared && pin === null ? screenTile(shared) : speaker ? cameraTile(speaker) : null;
  const others = [...screens.map(screenTile), ...cameras].filter((tile) => tile.key !== main?.key);
  return { layout, main, tiles: others, hidden };
}

const cameraTile = (participant: ParticipantSnapshot): TileSpec => ({
  key: participant.identity,
  kind: "camera",
  participant,
});
const screenTile = (participant: ParticipantSnapshot): TileSpec => ({
  key: `${participant.identity}#screen`,
  kind: "screen",
  participant,
});

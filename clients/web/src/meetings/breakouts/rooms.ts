import { onServerEvent, onServerEventsOpen } from "../../api/events";
import { type Division, meetings } from "../../api/meetings";
import type { Arrangement, Breakouts } from "../session/types";

/**
 * The breakout rooms of a meeting as its members know them.
 *
 * @param everybody - whether it is of interest who is in which room.
 */
export function breakoutsOf(meetingId: string, everybody: boolean): Breakouts {
  let divided = false;
  let asked = 0;
  const read = async (): Promise<Arrangement> => {
    const division = await meetings.breakouts(meetingId);
    divided ||= division.breakouts.length > 0;
    return readDivision(division);
  };
  const follow = (listener: (arrangement: Arrangement) => void): (() => void) => {
    let over = false;
    const load = async (): Promise<void> => {
      const turn = ++asked;
      // Without an answer what is known stays; the stream that opens again asks again.
      const arrangement = await read().catch(() => null);
      if (!arrangement || turn !== asked || over) return;
      divided = arrangement.rooms.length > 0;
      listener(arrangement);
    };
    const ends = [
      onServerEventsOpen(() => void load()),
      onServerEvent("meetings", ({ meeting_id: id, change }) => {
        if (id !== meetingId) return;
        // People are on their way before the first answer is here: from now on it matters who comes and goes.
        divided ||= change === "breakouts";
        if (change === "breakouts" || (change === "live" && divided && everybody)) void load();
      }),
    ];
    return () => {
      over = true;
      for (const end of ends) end();
    };
  };
  return { read, follow };
}

/** What the server says of the rooms. */
export function readDivision({ breakouts, mine, main, closes_at: closesAt }: Division): Arrangement {
  return { rooms: breakouts, mine, main, closesAt };
}

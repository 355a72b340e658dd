import { useStore } from "../../state/store";
import { useVisitors } from "../visitors/useWaiting";
import { people } from "../../people/people";
import { plainName, userOf } from "../session/identity";
import { currentDoor } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import { OpenRooms } from "./OpenRooms";
import { Planning } from "./Planning";
import { occupied, peopleHere, personOf } from "./whereabouts";

interface Props {
  meeting: MeetingSnapshot;
  meetingId: string;
}

/** Breakout rooms as a moderator has them: planned first, then watched over. */
export function BreakoutsPanel({ meeting, meetingId }: Props) {
  const nameOf = useNames(meeting, meetingId);
  const door = currentDoor();
  const who = door?.who?.bind(door);
  const here = peopleHere(meeting.participants);
  const { breakouts } = meeting;
  if (breakouts.rooms.length === 0) return <Planning meetingId={meetingId} people={here} />;
  const me = here.find((each) => each.me)?.id ?? null;
  const rooms = occupied(breakouts, me, (identity) => personOf(identity, who), nameOf);
  return <OpenRooms meetingId={meetingId} meeting={meeting} rooms={rooms} />;
}

/** The name of a Matrix id: visitors' as they gave it, colleagues' of the directory. */
function useNames({ participants }: MeetingSnapshot, meetingId: string): (id: string) => string {
  const visitors = useVisitors(meetingId);
  const { byId } = useStore(people);
  const known = new Map<string, string>();
  for (const { identity, name } of visitors) {
    const id = identity && userOf(identity);
    if (id) known.set(id, name);
  }
  for (const { id, name } of peopleHere(participants)) known.set(id, name);
  return (id) => known.get(id) ?? byId.get(id)?.name ?? plainName(id);
}

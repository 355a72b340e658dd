import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../../state/store";
import { audible, rings } from "../matrix/rings";
import { MeetingTile } from "./FloatingMeeting";
import { RingAnnouncer, RingCard } from "./RingCard";
import { startMeetings } from "./start";

const MeetingPip = lazy(() => import("./MeetingPip").then((m) => ({ default: m.MeetingPip })));

/** What of meetings is drawn over every section. */
export function MeetingLayer() {
  useEffect(startMeetings, []);
  const ringing = audible(useStore(rings));
  return (
    <>
      <RingAnnouncer ring={ringing[0]} />
      <MeetingTile />
      <Suspense>
        <MeetingPip />
      </Suspense>
    </>
  );
}

/** What rings, for the corner of the page. */
export function MeetingCards() {
  const ringing = audible(useStore(rings));
  return (
    <>
      {ringing.map((ring) => (
        <RingCard key={ring.id} ring={ring} />
      ))}
    </>
  );
}

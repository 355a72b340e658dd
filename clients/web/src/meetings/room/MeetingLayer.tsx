import { lazy, Suspense, useEffect } from "react";
import { OnTop } from "../../ui/OnTop";
import { useStore } from "../../state/store";
import { audible, rings } from "../matrix/rings";
import { MeetingTile } from "./FloatingMeeting";
import { RingAnnouncer, RingCard } from "./RingCard";
import { sharing } from "../../calls/share";
import { startMeetings } from "./start";

const MeetingPip = lazy(() => import("./MeetingPip").then((m) => ({ default: m.MeetingPip })));

const ShareDialog = lazy(() => import("../links/ShareDialog").then((m) => ({ default: m.ShareDialog })));

/** What of meetings is drawn over every section. */
export function MeetingLayer() {
  useEffect(startMeetings, []);
  const ringing = audible(useStore(rings));
  const shared = useStore(sharing);
  return (
    <>
      <OnTop>
        <RingAnnouncer ring={ringing[0]} />
      </OnTop>
      <MeetingTile />
      <Suspense>
        <MeetingPip />
        {shared && <ShareDialog roomId={shared} onClose={() => sharing.set(null)} />}
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

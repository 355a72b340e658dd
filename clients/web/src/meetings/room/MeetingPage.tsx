import { PageSkeleton } from "../../app/PageSkeleton";

/** One meeting: the page before joining, then the meeting. */
export function MeetingPage({ roomId }: { roomId: string }) {
  return <PageSkeleton key={roomId} />;
}

import { createStore, type Store } from "../../state/store";
import type { OpenMedia } from "./media";
import { isLive } from "./phase";
import { MeetingSession } from "./session";
import type { JoinChoices, MeetingDoor, MeetingSnapshot } from "./types";

/** The one meeting that this page is in, or was in last until it is dismissed; null when there is none. */
export const meeting: Store<MeetingSnapshot | null> = createStore<MeetingSnapshot | null>(null);

let current: { session: MeetingSession; end: () => void } | null = null;

/** The library is a chunk of its own, loaded at the first meeting. */
const openLiveKit: OpenMedia = async (...how) => (await import("./livekit")).openLiveKit(...how);

/** Goes into a meeting; out of the one before, if it is another. */
export function joinMeeting(door: MeetingDoor, choices: JoinChoices, open: OpenMedia = openLiveKit): void {
  const here = meeting.get();
  if (here && isLive(here.phase) && here.key === door.key) return;
  void dismissMeeting();
  const session = new MeetingSession(door, choices, open);
  const end = session.store.subscribe(() => meeting.set(session.store.get()));
  current = { session, end };
  meeting.set(session.store.get());
  void session.join();
}

/** Goes out; what is shown afterwards stays until it is dismissed. */
export function leaveMeeting(): void {
  void current?.session.leave();
}

/** Forgets the meeting, leaving it if need be; ends when the others have been told. */
export async function dismissMeeting(): Promise<void> {
  const last = current;
  current = null;
  meeting.set(null);
  last?.end();
  await last?.session.leave();
}

/** What one does inside; null outside of a meeting. */
export function inMeeting(): MeetingSession | null {
  const here = meeting.get();
  return here && isLive(here.phase) ? (current?.session ?? null) : null;
}

/** The door of the meeting that is shown. */
export function currentDoor(): MeetingDoor | null {
  return current?.session.door ?? null;
}

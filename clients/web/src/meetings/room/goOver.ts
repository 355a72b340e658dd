import { goingOver } from "../../calls/control/goingOver";
import { clearFate } from "../../calls/control/fates";
import { calls } from "../../calls/manager";
import { i18n } from "../../i18n/i18n";
import { navigate, paths } from "../../routes/routes";
import { toast } from "../../ui/toasts";
import { enterFromCall, quickChoices } from "../matrix/actions";
import { dismissMeeting, inMeeting, meeting } from "../session/meeting";
import { isLive } from "../session/phase";

/**
 * Enters the meetings that calls of this page go on as, until the answer is called. Both go on until one is in the
 * meeting, which is silent as long as the call speaks: then the call is hung up here.
 */
export function followGoingOver(enter: typeof enterFromCall = enterFromCall): () => void {
  return goingOver.subscribe(() => {
    const now = goingOver.get();
    if (now) void goOver(now.callId, now.meeting.room_id, enter);
  });
}

async function goOver(callId: string, roomId: string, enter: typeof enterFromCall): Promise<void> {
  try {
    await enter(roomId, { ...quickChoices(true), microphone: false });
    await inside(roomId);
  } catch {
    // Another meeting, which waits meanwhile, goes on.
    if (meeting.get()?.roomId === roomId) void dismissMeeting();
    clearFate(callId);
    toast("error", i18n.t("meet_failed", { ns: "calls" }));
    return;
  } finally {
    goingOver.set(null);
  }
  navigate(paths.meeting(roomId));
  // As it is now: whoever muted or hung up meanwhile must not be heard.
  const muted = calls.get(callId)?.snapshot().muted ?? true;
  calls.get(callId)?.hangUp();
  if (!muted) await inMeeting()?.setMicrophone(true);
}

/** Until the sound of the meeting is on. Rejects when it cannot be. */
function inside(roomId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const here = meeting.get();
      if (here?.roomId === roomId && isLive(here.phase) && here.phase !== "connected") return;
      unsubscribe();
      if (here?.roomId === roomId && here.phase === "connected") resolve();
      else reject(new Error("not in the meeting"));
    };
    const unsubscribe = meeting.subscribe(look);
    look();
  });
}

import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { navigate, paths } from "../../routes/routes";
import { useRoom } from "../../matrix/rooms";
import { useSelected } from "../../state/store";
import { meetingList } from "../list/meetings";
import { PreJoin } from "../prejoin/PreJoin";
import { enterMeeting } from "../matrix/actions";
import { useRoomCall } from "../matrix/roomCalls";
import { encryptionPossible } from "../session/encryptable";
import { dismissMeeting } from "../session/meeting";
import { isLive } from "../session/phase";
import { troubleOf } from "../session/trouble";
import type { JoinChoices, Trouble } from "../session/types";
import { MeetingOver } from "./MeetingOver";
import { useMeeting } from "./useMeeting";

const MeetingRoom = lazy(() => import("./MeetingRoom").then((m) => ({ default: m.MeetingRoom })));

/** One room's meeting: the page before joining, the meeting, and the page after it. */
export function MeetingPage({ roomId }: { roomId: string }) {
  const here = useMeeting();
  if (here?.roomId === roomId && isLive(here.phase)) {
    return (
      <Suspense fallback={<PageSkeleton />}>
        <MeetingRoom />
      </Suspense>
    );
  }
  if (here?.roomId === roomId && here.phase !== "failed") return <MeetingOver meeting={here} />;
  return <Before roomId={roomId} trouble={here?.roomId === roomId ? here.trouble : null} />;
}

/** Before joining; also after a try that failed, with the reason. */
function Before({ roomId, trouble }: { roomId: string; trouble: Trouble | null }) {
  const { t } = useTranslation("meetings/room");
  const room = useKept(useRoom(roomId));
  const call = useRoomCall(roomId);
  const planned = useSelected(meetingList, (all) => all.list.find((each) => each.room_id === roomId));
  // A meeting that was made a moment ago is known before its room is.
  const encrypted = room?.encrypted || planned?.encrypted || false;
  const possible = encryptionPossible() && (encrypted || (room?.mayEncrypt === true && call === undefined));
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Trouble | null>(null);
  const join = (choices: JoinChoices): void => {
    setBusy(true);
    setFailed(null);
    dismissMeeting()
      .then(() => enterMeeting(roomId, choices))
      .catch((error: unknown) => setFailed(troubleOf(error)))
      .finally(() => setBusy(false));
  };
  const shown = failed ?? trouble;
  return (
    <PreJoin
      title={room?.name ?? t("untitled")}
      encrypted={encrypted}
      recorded={planned?.recording != null}
      canEncrypt={possible}
      busy={busy}
      trouble={shown && t(`trouble_${shown}`)}
      onJoin={join}
      onBack={() => {
        void dismissMeeting();
        navigate(paths.meetings);
      }}
    />
  );
}

/** The last value there was: while the device starts anew there are no rooms for a moment. */
function useKept<T>(value: T | undefined): T | undefined {
  const [kept, setKept] = useState(value);
  if (value !== undefined && value !== kept) setKept(value);
  return value ?? kept;
}

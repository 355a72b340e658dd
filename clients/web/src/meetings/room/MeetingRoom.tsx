import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import { IconButton } from "@vector-im/compound-web";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { useRoom } from "../../matrix/rooms";
import { MovingCover, MovingNews } from "../breakouts/Moving";
import { PlaceBar } from "../breakouts/PlaceBar";
import { createStore, useStore } from "../../state/store";
import { currentDoor } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import { useWaiting } from "../visitors/useWaiting";
import { VisitorsPanel } from "../visitors/VisitorsPanel";
import { Announcer, RecordingNews } from "./Announcer";
import { Controls, type PanelName } from "./Controls";
import { Head } from "./Head";
import { Lines } from "./Lines";
import styles from "./MeetingRoom.module.css";
import panels from "./Panels.module.css";
import { PeoplePanel } from "./PeoplePanel";
import { ReactionLayer } from "./ReactionLayer";
import { StageView } from "./StageView";
import { useKeys } from "./useKeys";
import { useLiveMeeting } from "./useMeeting";
import { VisitorChat } from "./VisitorChat";

const ChatPanel = lazy(() => import("./ChatPanel").then((m) => ({ default: m.ChatPanel })));

const BreakoutsPanel = lazy(() =>
  import("../breakouts/BreakoutsPanel").then((m) => ({ default: m.BreakoutsPanel })),
);

const MeetingPip = lazy(() => import("./MeetingPip").then((m) => ({ default: m.MeetingPip })));

const NOTHING = createStore(0);

/** A meeting from inside: pictures, what beside them, and the controls. Nothing outside of a meeting. */
export function MeetingRoom() {
  const here = useLiveMeeting();
  return here ? <Inside meeting={here} /> : null;
}

function Inside({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  const [panel, setPanel] = useState<PanelName | null>(null);
  const door = currentDoor();
  const waiting = useWaiting(door?.moderation?.meetingId ?? null).length;
  const hasChat = meeting.roomId !== null || door?.chat !== null;
  const moderates = door !== null && door.moderation !== null && door.breakouts !== null;
  const unread = useUnread(meeting, panel === "chat");
  useKeys();
  return (
    <section
      className={styles.room}
      aria-label={t("meeting", { title: meeting.title })}
      data-testid="meeting"
    >
      <Head meeting={meeting} />
      <PlaceBar meeting={meeting} onRooms={moderates ? () => setPanel("breakouts") : null} />
      <Lines meeting={meeting} />
      <div className={styles.middle}>
        <div className={styles.pictures}>
          <StageView people={meeting.participants} />
          <ReactionLayer reactions={meeting.reactions} />
          <MovingCover meeting={meeting} />
        </div>
        {panel && <Panel name={panel} meeting={meeting} onClose={() => setPanel(null)} />}
      </div>
      <Controls
        meeting={meeting}
        panel={panel}
        onPanel={(name) => setPanel(panel === name ? null : name)}
        hasChat={hasChat}
        unread={unread}
        waiting={waiting}
        divides={moderates}
      />
      {/* Who is in another room has not left. */}
      <Announcer key={meeting.place} people={meeting.participants} />
      <RecordingNews recording={meeting.recording} />
      <MovingNews meeting={meeting} />
      {/* For members it is drawn over every section: it outlives this page. */}
      {meeting.roomId === null && (
        <Suspense>
          <MeetingPip />
        </Suspense>
      )}
    </section>
  );
}

interface PanelProps {
  name: PanelName;
  meeting: MeetingSnapshot;
  onClose: () => void;
}

/** Chat or people, beside the pictures; over them where there is no room. */
function Panel({ name, meeting, onClose }: PanelProps) {
  const { t } = useTranslation("meetings/room");
  const door = currentDoor();
  const moderation = door?.moderation ?? null;
  const title = name === "breakouts" ? t("title", { ns: "meetings/breakouts" }) : t(name);
  return (
    <aside className={panels.panel} aria-label={title} data-testid={`${name}-panel`}>
      <header className={panels.head}>
        <h3>{title}</h3>
        <IconButton aria-label={t("close", { ns: "app" })} onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </header>
      <div className={panels.body}>
        {name === "breakouts" && moderation ? (
          <Suspense fallback={<PageSkeleton rows={4} />}>
            <BreakoutsPanel meeting={meeting} meetingId={moderation.meetingId} />
          </Suspense>
        ) : name === "people" ? (
          <>
            {moderation && <VisitorsPanel meetingId={moderation.meetingId} />}
            <PeoplePanel meeting={meeting} moderation={moderation} />
          </>
        ) : door?.chat ? (
          <VisitorChat chat={door.chat} />
        ) : (
          meeting.roomId && (
            <Suspense fallback={<PageSkeleton rows={4} />}>
              <ChatPanel roomId={meeting.roomId} />
            </Suspense>
          )
        )}
      </div>
    </aside>
  );
}

/** What was said since one came, or since the chat was last open. */
function useUnread(meeting: MeetingSnapshot, open: boolean): number {
  const room = useRoom(meeting.roomId)?.unread ?? 0;
  const door = currentDoor();
  const chat = door?.chat ?? null;
  const uncounted = useStore(door?.sealedChat?.uncounted ?? NOTHING);
  const [lines, setLines] = useState(0);
  const total = chat ? lines : room + uncounted;
  const [seen, setSeen] = useState(total);
  useEffect(() => {
    if (!chat) return undefined;
    const count = (): void => setLines(chat.messages.get().filter((line) => !line.mine).length);
    count();
    return chat.messages.subscribe(count);
  }, [chat]);
  // Of a room, the count falls to nothing when it is read.
  if ((open || total < seen) && seen !== total) setSeen(total);
  return open ? 0 : total - seen;
}

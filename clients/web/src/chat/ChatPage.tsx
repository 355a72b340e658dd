import { IconButton } from "@vector-im/compound-web";
import ArrowLeftIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-left";
import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../ui/Empty";
import { useLayout } from "../ui/layout";
import { PageSkeleton } from "../ui/PageSkeleton";
import { navigate, paths } from "../routes/routes";
import { useMatrixClient } from "../matrix/connection";
import { useRooms } from "../matrix/rooms";
import styles from "./ChatPage.module.css";
import { InvitationView } from "./room/InvitationView";
import { RoomView } from "./room/RoomView";
import { RoomList } from "./roomlist/RoomList";
import { type ChatSlots, SlotsContext } from "./slots";

const PATIENCE_MS = 6_000;

interface Props {
  roomId: string | null;
  /** The message that is looked for in it. */
  eventId: string | null;
  slots: ChatSlots;
}

/** The conversations at the left and the open one beside it; on a phone one or the other. */
export function ChatPage({ roomId, eventId, slots }: Props) {
  const phone = useLayout() === "phone";
  return (
    <SlotsContext value={slots}>
      <div className={styles.page} data-phone={phone || undefined}>
        {(!phone || roomId === null) && <RoomList openRoomId={roomId} />}
        {(!phone || roomId !== null) && (
          <section className={styles.room}>
            {roomId ? <OpenRoom key={roomId} roomId={roomId} eventId={eventId} /> : <Nothing />}
          </section>
        )}
      </div>
    </SlotsContext>
  );
}

function OpenRoom({ roomId, eventId }: { roomId: string; eventId: string | null }) {
  const { t } = useTranslation("chat");
  const client = useMatrixClient();
  const { ready, byId } = useRooms();
  const summary = byId.get(roomId);
  const room = client?.getRoom(roomId) ?? null;
  const waited = useWaited(ready);
  if (client && room && summary?.membership === "join") {
    return <RoomView client={client} room={room} summary={summary} eventId={eventId} />;
  }
  return (
    <div className={styles.aside}>
      <BackToList />
      {!summary && !waited && <PageSkeleton rows={8} />}
      {ready && client && summary && <InvitationView client={client} summary={summary} />}
      {!summary && waited && (
        <Empty Icon={ChatIcon} title={t("room_gone_title")} text={t("room_gone_text")} />
      )}
    </div>
  );
}

/** Whether the list has stood for a while: a room that was just made comes with one of the next syncs. */
function useWaited(ready: boolean): boolean {
  const [waited, setWaited] = useState(false);
  useEffect(() => {
    if (!ready) return undefined;
    const timer = setTimeout(() => setWaited(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [ready]);
  return waited;
}

/** On a phone an open conversation has the whole screen, so each of its states needs the way out. */
function BackToList() {
  const { t } = useTranslation("chat");
  if (useLayout() !== "phone") return null;
  return (
    <header className={styles.back}>
      <IconButton aria-label={t("back")} onClick={() => navigate(paths.chat)}>
        <ArrowLeftIcon />
      </IconButton>
    </header>
  );
}

function Nothing() {
  const { t } = useTranslation("chat");
  return <Empty Icon={ChatIcon} title={t("pick_title")} text={t("pick_text")} />;
}

import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import { useTranslation } from "react-i18next";
import { Empty } from "../app/Empty";
import { useLayout } from "../app/layout";
import { PageSkeleton } from "../app/PageSkeleton";
import { useMatrixClient } from "../matrix/connection";
import { useRooms } from "../matrix/rooms";
import styles from "./ChatPage.module.css";
import { InvitationView } from "./room/InvitationView";
import { RoomView } from "./room/RoomView";
import { RoomList } from "./roomlist/RoomList";

/** The conversations at the left and the open one beside it; on a phone one or the other. */
export function ChatPage({ roomId }: { roomId: string | null }) {
  const phone = useLayout() === "phone";
  return (
    <div className={styles.page} data-phone={phone || undefined}>
      {(!phone || roomId === null) && <RoomList openRoomId={roomId} />}
      {(!phone || roomId !== null) && (
        <section className={styles.room}>
          {roomId ? <OpenRoom key={roomId} roomId={roomId} /> : <Nothing />}
        </section>
      )}
    </div>
  );
}

function OpenRoom({ roomId }: { roomId: string }) {
  const { t } = useTranslation("chat");
  const client = useMatrixClient();
  const { ready, byId } = useRooms();
  const summary = byId.get(roomId);
  const room = client?.getRoom(roomId) ?? null;
  if (!ready) return <PageSkeleton rows={8} />;
  if (!client || !room || !summary) {
    return <Empty Icon={ChatIcon} title={t("room_gone_title")} text={t("room_gone_text")} />;
  }
  return summary.membership === "invite" ? (
    <InvitationView client={client} summary={summary} />
  ) : (
    <RoomView client={client} room={room} summary={summary} />
  );
}

function Nothing() {
  const { t } = useTranslation("chat");
  return <Empty Icon={ChatIcon} title={t("pick_title")} text={t("pick_text")} />;
}

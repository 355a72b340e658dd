import MentionIcon from "@vector-im/compound-design-tokens/assets/web/icons/mention";
import ErrorIcon from "@vector-im/compound-design-tokens/assets/web/icons/error-solid";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../../ui/now";
import { paths } from "../../routes/routes";
import { language } from "../../i18n/i18n";
import { useTyping } from "../../matrix/typing";
import type { LastLine, RoomSummary } from "../../matrix/rooms";
import { useSlots } from "../slots";
import { listTime } from "../dates";
import { RoomAvatar } from "../room/RoomAvatar";
import { typingWords } from "../room/typingWords";
import styles from "./RoomRow.module.css";

/** One conversation of the list: who, what was said last and when, what is unread. */
export const RoomRow = memo(function RoomRow({ room, open }: { room: RoomSummary; open: boolean }) {
  const { t } = useTranslation("chat");
  const now = useNow();
  const { Mark } = useSlots();
  const unread = room.unread > 0;
  return (
    <a
      className={styles.row}
      href={`#${paths.room(room.roomId)}`}
      aria-current={open ? "page" : undefined}
      data-unread={unread || undefined}
    >
      <RoomAvatar room={room} size={44} />
      <span className={styles.words}>
        <span className={styles.line}>
          <span className={styles.name}>{room.name}</span>
          {room.lastTs > 0 && (
            <time className={styles.time} dateTime={new Date(room.lastTs).toISOString()}>
              {listTime(room.lastTs, now, language())}
            </time>
          )}
        </span>
        <span className={styles.line}>
          <Preview room={room} />
          <Mark roomId={room.roomId} />
          {room.mentioned && (
            <MentionIcon className={styles.mention} width={18} height={18} aria-label={t("mentioned")} />
          )}
          {unread && (
            <>
              <span className={styles.badge} data-mentioned={room.mentioned || undefined} aria-hidden>
                {room.unread > 99 ? "99+" : room.unread}
              </span>
              <span className="visually-hidden">{t("unread", { count: room.unread })}</span>
            </>
          )}
          {room.membership === "invite" && <span className={styles.badge}>{t("invitation")}</span>}
        </span>
      </span>
    </a>
  );
});

function Preview({ room }: { room: RoomSummary }) {
  const { t } = useTranslation("chat");
  const writing = useTyping(room.roomId);
  if (writing.length > 0) {
    return <span className={`${styles.preview} ${styles.typing}`}>{typingWords(t, writing)}</span>;
  }
  if (room.membership === "invite") {
    return <span className={styles.preview}>{t("invited_by", { name: room.inviter?.name ?? "" })}</span>;
  }
  return (
    <span className={styles.preview}>
      {room.last?.failed && (
        <ErrorIcon className={styles.failed} width={16} height={16} aria-label={t("failed")} />
      )}
      {room.last ? lineWords(t, room, room.last) : ""}
    </span>
  );
}

type Words = ReturnType<typeof useTranslation<"chat">>["t"];

function lineWords(t: Words, room: RoomSummary, last: LastLine): string {
  const text =
    last.kind === "text" && last.body
      ? last.body
      : t(last.kind === "text" ? "kind_encrypted" : `kind_${last.kind}`);
  if (last.own && last.kind !== "call") return t("line_own", { text });
  return room.otherUserId ? text : t("line_other", { name: last.senderName.split(" ")[0] ?? "", text });
}

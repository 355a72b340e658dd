import AttachmentIcon from "@vector-im/compound-design-tokens/assets/web/icons/attachment";
import { useTranslation } from "react-i18next";
import type { MessageHit } from "../api/search";
import { fullTime, listTime } from "../chat/dates";
import { RoomAvatar } from "../chat/room/RoomAvatar";
import { language } from "../i18n/i18n";
import { useRoom } from "../matrix/rooms";
import { usePerson } from "../people/people";
import { useMe } from "../session/session";
import { useNow } from "../ui/now";
import { Marked } from "./Marked";
import styles from "./Search.module.css";

/** A message that was found: where, who said it and when, and what is around the words. */
export function MessageHitRow({ hit }: { hit: MessageHit }) {
  const { t } = useTranslation("search");
  const now = useNow();
  const me = useMe().user_id;
  const room = useRoom(hit.room_id);
  const sender = usePerson(hit.sender)?.name ?? hit.sender;
  const name = hit.sender === me ? t("you") : sender;
  const direct = room?.otherUserId != null && room.name === name;
  return (
    <>
      {room && <RoomAvatar room={room} size={36} />}
      <span className={styles.words}>
        <span className={styles.line}>
          <span className={styles.room}>{room?.name ?? t("unknown_room")}</span>
          <time
            className={styles.time}
            dateTime={new Date(hit.sent_at).toISOString()}
            title={fullTime(hit.sent_at, language())}
          >
            {listTime(hit.sent_at, now, language())}
          </time>
        </span>
        <span className={styles.text}>
          {!direct && <span className={styles.sender}>{name}: </span>}
          {hit.is_file && <AttachmentIcon className={styles.file} width={16} height={16} aria-hidden />}
          <Marked text={hit.text} matches={hit.matches} />
        </span>
      </span>
    </>
  );
}

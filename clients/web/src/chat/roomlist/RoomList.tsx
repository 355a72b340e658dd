import { Button, IconButton } from "@vector-im/compound-web";
import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import PlusIcon from "@vector-im/compound-design-tokens/assets/web/icons/plus";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../../ui/Empty";
import { SearchField } from "../../ui/SearchField";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { filterRooms, useRooms, type RoomSummary } from "../../matrix/rooms";
import { NewConversation } from "./NewConversation";
import styles from "./RoomList.module.css";
import { RoomRow } from "./RoomRow";

/** All conversations, newest first, with a filter and the way to a new one. */
export function RoomList({ openRoomId }: { openRoomId: string | null }) {
  const { t } = useTranslation("chat");
  const [filter, setFilter] = useState("");
  const [creating, setCreating] = useState(false);
  const { ready, list } = useRooms();
  return (
    <section className={styles.list} aria-label={t("conversations")}>
      <header className={styles.head}>
        <h1 className={styles.title}>{t("title")}</h1>
        <IconButton kind="primary" tooltip={t("new")} aria-label={t("new")} onClick={() => setCreating(true)}>
          <PlusIcon />
        </IconButton>
      </header>
      {list.length > 0 && (
        <div className={styles.search}>
          <SearchField label={t("search")} value={filter} onChange={setFilter} />
        </div>
      )}
      {ready ? (
        <Rooms list={list} filter={filter} openRoomId={openRoomId} startNew={() => setCreating(true)} />
      ) : (
        <PageSkeleton rows={7} />
      )}
      {creating && <NewConversation onClose={() => setCreating(false)} />}
    </section>
  );
}

interface RoomsProps {
  list: readonly RoomSummary[];
  filter: string;
  openRoomId: string | null;
  startNew: () => void;
}

function Rooms({ list, filter, openRoomId, startNew }: RoomsProps) {
  const { t } = useTranslation("chat");
  const shown = filterRooms(list, filter);
  if (list.length === 0) {
    const action = <Button onClick={startNew}>{t("new")}</Button>;
    return <Empty Icon={ChatIcon} title={t("none_title")} text={t("none_text")} action={action} />;
  }
  if (shown.length === 0) return <p className={styles.none}>{t("none_found")}</p>;
  return (
    // The arrows move along the rows, as in any list; Tab still reaches each.
    <ul role="list" className={styles.rooms} onKeyDown={moveAlong}>
      {shown.map((room) => (
        <li key={room.roomId}>
          <RoomRow room={room} open={room.roomId === openRoomId} />
        </li>
      ))}
    </ul>
  );
}

function moveAlong(event: KeyboardEvent<HTMLUListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("a")];
  const next = rows[rows.indexOf(document.activeElement as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

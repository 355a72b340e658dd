import { useTranslation } from "react-i18next";
import { PersonAvatar } from "../../people/PersonAvatar";
import styles from "./Breakouts.module.css";
import type { Person } from "./whereabouts";

interface Props {
  person: Person;
  /** A word about them. */
  detail?: string | null;
  rooms: readonly { id: string; name: string }[];
  /** The room in which they belong; null for the main one. */
  value: string | null;
  disabled?: boolean;
  /** Takes the focus when it comes. */
  focused?: boolean;
  onChoose: (room: string | null) => void;
}

/** Somebody, and the room in which they belong. */
export function PersonRow({
  person,
  detail = null,
  rooms,
  value,
  disabled = false,
  focused = false,
  onChoose,
}: Props) {
  const { t } = useTranslation("meetings/breakouts");
  const { id, name, me } = person;
  return (
    <li className={styles.person} data-testid="breakout-person">
      <PersonAvatar userId={id} name={name} size={28} />
      <span className={styles.who}>
        <span className={styles.personName}>{me ? t("you", { ns: "meetings/room" }) : name}</span>
        {detail !== null && <span className={styles.detail}>{detail}</span>}
      </span>
      <select
        className={styles.where}
        aria-label={t("room_of", { name })}
        value={value ?? ""}
        disabled={disabled}
        autoFocus={focused}
        onChange={(event) => onChoose(event.target.value === "" ? null : event.target.value)}
      >
        <option value="">{t("main_room")}</option>
        {rooms.map((room) => (
          <option key={room.id} value={room.id}>
            {room.name}
          </option>
        ))}
      </select>
    </li>
  );
}

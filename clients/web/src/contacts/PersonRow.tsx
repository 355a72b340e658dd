import DeskPhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { useTranslation } from "react-i18next";
import { PersonAvatar } from "../people/PersonAvatar";
import { usePresence } from "../people/presence";
import type { Colleague } from "./colleagues";
import { Star } from "./Star";
import { PersonActions } from "./PersonActions";
import styles from "./PersonRow.module.css";

interface Props {
  colleague: Colleague;
  /** Shown when the row itself is pressed. */
  onOpen?: (() => void) | undefined;
  selected?: boolean;
  favourite?: boolean;
}

/** A colleague in a list; the actions appear under the pointer or with the focus, and stay on touch screens. */
export function PersonRow({
  colleague: { person, availability },
  onOpen,
  selected = false,
  favourite = false,
}: Props) {
  const { t } = useTranslation("people");
  const { t: contacts } = useTranslation("contacts");
  const { message } = usePresence(person.user_id);
  const reachableByPhone = availability === "offline" && person.desk_phone;
  const about = (
    <>
      <PersonAvatar userId={person.user_id} name={person.name} size={40} presence />
      <span className={styles.words}>
        <span className={styles.name}>
          {person.name}
          {favourite && <Star />}
        </span>
        <span className={styles.state}>
          {reachableByPhone && <DeskPhoneIcon width={14} height={14} aria-hidden />}
          {reachableByPhone ? contacts("desk_phone") : t(availability)}
          {person.extensions[0] && ` · ${person.extensions[0]}`}
          {message && ` · ${message}`}
        </span>
      </span>
    </>
  );
  return (
    <li className={styles.row} data-availability={availability} data-selected={selected || undefined}>
      {onOpen ? (
        <button type="button" className={styles.who} aria-current={selected || undefined} onClick={onOpen}>
          {about}
        </button>
      ) : (
        <span className={styles.who}>{about}</span>
      )}
      <span className={styles.actions}>
        <PersonActions person={person} />
      </span>
    </li>
  );
}

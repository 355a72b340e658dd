import PhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import { Avatar } from "@vector-im/compound-web";
import { PersonAvatar } from "../../people/PersonAvatar";
import type { ParticipantSnapshot } from "../session/types";
import styles from "./Tile.module.css";

/** A participant's picture: a colleague's photo, a guest's initial, a telephone. */
export function ParticipantAvatar({ participant, size }: { participant: ParticipantSnapshot; size: number }) {
  const { kind, identity, userId, name } = participant;
  if (kind === "phone") {
    return (
      <span className={styles.telephone} style={{ inlineSize: size, blockSize: size }} aria-hidden>
        <PhoneIcon width={size / 2} height={size / 2} />
      </span>
    );
  }
  if (userId) return <PersonAvatar userId={userId} name={name} size={size} />;
  return <Avatar id={identity} name={name} size={`${size}px`} aria-hidden />;
}

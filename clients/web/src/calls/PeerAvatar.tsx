import PhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import { PersonAvatar } from "../people/PersonAvatar";
import styles from "./PeerAvatar.module.css";
import { isTelephone } from "./peer";

interface Props {
  userId: string | null;
  name: string;
  /** Pixels. */
  size: number;
  presence?: boolean;
}

/** The other party's picture: a person's initial with their presence, or a handset for a telephone outside. */
export function PeerAvatar({ userId, name, size, presence = false }: Props) {
  if (userId !== null && !isTelephone(userId)) {
    return <PersonAvatar userId={userId} name={name} size={size} presence={presence} />;
  }
  const icon = Math.round(size / 2);
  return (
    <span className={styles.telephone} style={{ inlineSize: size, blockSize: size }} aria-hidden>
      <PhoneIcon width={icon} height={icon} />
    </span>
  );
}

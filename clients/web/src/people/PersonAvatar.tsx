import { Avatar } from "@vector-im/compound-web";
import styles from "./PersonAvatar.module.css";
import { PresenceDot } from "./PresenceDot";

interface Props {
  userId: string;
  name: string;
  /** Pixels. */
  size?: number;
  presence?: boolean;
}

/** A person's round picture (their initial), with the presence dot on its edge when asked for. */
export function PersonAvatar({ userId, name, size = 36, presence = false }: Props) {
  return (
    <span className={styles.avatar}>
      <Avatar id={userId} name={name} size={`${size}px`} aria-hidden />
      {presence && <PresenceDot userId={userId} className={styles.dot ?? ""} />}
    </span>
  );
}

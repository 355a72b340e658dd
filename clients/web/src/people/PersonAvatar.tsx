import { Avatar } from "@vector-im/compound-web";
import styles from "./PersonAvatar.module.css";
import { usePerson } from "./people";
import { PresenceDot } from "./PresenceDot";

interface Props {
  userId: string;
  name: string;
  /** Pixels. */
  size?: number;
  presence?: boolean;
  /** Another picture than the directory's; null for none. */
  photo?: string | null | undefined;
}

/** A person's round picture (or their initial), with the presence dot on its edge when asked for. */
export function PersonAvatar({ userId, name, size = 36, presence = false, photo }: Props) {
  const known = usePerson(userId)?.photo;
  const picture = photo === undefined ? known : photo;
  return (
    <span className={styles.avatar}>
      <Avatar id={userId} name={name} size={`${size}px`} aria-hidden {...(picture ? { src: picture } : {})} />
      {presence && <PresenceDot userId={userId} className={styles.dot ?? ""} />}
    </span>
  );
}

import { useTranslation } from "react-i18next";
import type { Reader } from "../../matrix/timeline";
import { PersonAvatar } from "../../people/PersonAvatar";
import styles from "./ReadBy.module.css";

const SHOWN = 5;

/** Who has read up to here, as small pictures. */
export function ReadBy({ readers }: { readers: readonly Reader[] }) {
  const { t } = useTranslation("chat");
  const words = t("read_by", { names: readers.map((reader) => reader.name).join(", ") });
  return (
    <div className={styles.readers} role="img" aria-label={words} title={words}>
      {readers.slice(0, SHOWN).map((reader) => (
        <PersonAvatar key={reader.userId} userId={reader.userId} name={reader.name} size={16} />
      ))}
      {readers.length > SHOWN && <span>+{readers.length - SHOWN}</span>}
    </div>
  );
}

import { useTranslation } from "react-i18next";
import type { Message } from "../../matrix/timeline";
import styles from "./Reactions.module.css";
import { useReact } from "./useReact";

/** The reactions under a message; pressing one joins in or steps back. */
export function Reactions({ message }: { message: Message }) {
  const { t } = useTranslation("chat");
  const react = useReact(message);
  if (message.reactions.length === 0) return null;
  return (
    <ul role="list" className={styles.reactions}>
      {message.reactions.map(({ key, names, mine }) => {
        const words = t("reaction_of", { emoji: key, names: names.join(", ") });
        return (
          <li key={key}>
            <button
              type="button"
              className={styles.reaction}
              aria-pressed={mine !== null}
              aria-label={words}
              title={words}
              onClick={() => react(key)}
            >
              <span className={styles.key}>{key}</span>
              <span>{names.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

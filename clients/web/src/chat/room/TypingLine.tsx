import { useTranslation } from "react-i18next";
import { useTyping } from "../../matrix/typing";
import styles from "./TypingLine.module.css";
import { typingWords } from "./typingWords";

/** Who is typing; its height is always there, so that nothing jumps. */
export function TypingLine({ roomId }: { roomId: string }) {
  const { t } = useTranslation("chat");
  const names = useTyping(roomId);
  return (
    <div className={styles.line} role="status" aria-live="polite">
      {names.length > 0 && (
        <>
          <span className={styles.dots} aria-hidden>
            <i />
            <i />
            <i />
          </span>
          {typingWords(t, names)}
        </>
      )}
    </div>
  );
}

import type { CSSProperties } from "react";
import type { ReactionSeen } from "../session/types";
import styles from "./MeetingRoom.module.css";

/** Reactions rise at the left of the stage for a moment, with the name of who sent them. */
export function ReactionLayer({ reactions }: { reactions: readonly ReactionSeen[] }) {
  return (
    <div className={styles.reactions} role="log" aria-live="polite">
      {reactions.map(({ id, emoji, name }) => (
        <span key={id} className={styles.reaction} style={{ "--place": id % 4 } as CSSProperties}>
          <span className={styles.emoji}>{emoji}</span>
          <span className={styles.from}>{name}</span>
        </span>
      ))}
    </div>
  );
}

import type { CallSnapshot } from "./call";
import styles from "./CallStatus.module.css";
import { formatDuration } from "./duration";
import { useElapsed } from "./useCalls";
import { phaseWords } from "./words";

/** The state of a call in words, and its timer once it was connected. */
export function CallStatus({ call }: { call: CallSnapshot }) {
  const elapsed = useElapsed(call.connectedAt);
  const words = phaseWords(call);
  return (
    <span className={styles.status}>
      {words && <span>{words}</span>}
      {call.connectedAt !== null && (
        <span role="timer" data-testid="call-timer">
          {formatDuration(elapsed)}
        </span>
      )}
    </span>
  );
}

import { useTranslation } from "react-i18next";
import type { LiveRecording } from "../../api/calls";
import styles from "./RecordingBadge.module.css";

/** Says to everybody in a call or a meeting that it is recorded, or was until the disk was full. */
export function RecordingBadge({
  recording,
}: {
  recording: Pick<LiveRecording, "state"> | null | undefined;
}) {
  const { t } = useTranslation("calls");
  if (!recording) return null;
  return (
    <span className={styles.badge} data-state={recording.state} role="status" data-testid="recording-badge">
      <span className={styles.dot} aria-hidden />
      {t(`recording_${recording.state}`)}
    </span>
  );
}

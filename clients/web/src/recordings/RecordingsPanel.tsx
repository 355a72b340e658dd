import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import { PageSkeleton } from "../ui/PageSkeleton";
import { RecordingRow } from "./RecordingRow";
import { loadOlderRecordings, loadRecordings, recordings } from "../calls/recording/recordings";
import styles from "./Recordings.module.css";

/** What was recorded of my calls. */
export function RecordingsPanel() {
  const { t } = useTranslation("recordings");
  const state = useStore(recordings);
  if (state.status === "loading") return <PageSkeleton />;
  if (state.status === "error") {
    return (
      <div className={styles.note} role="alert">
        <p>{t("error")}</p>
        <Button kind="secondary" size="md" onClick={() => void loadRecordings()}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  const { recordings: found, next } = state.list;
  if (found.length === 0) {
    return (
      <div className={styles.note}>
        <strong>{t("empty")}</strong>
        <p>{t("empty_hint")}</p>
      </div>
    );
  }
  return (
    <div className={styles.panel}>
      <ul role="list" data-testid="recordings">
        {found.map((recording) => (
          <RecordingRow key={recording.id} recording={recording} />
        ))}
      </ul>
      {next !== null && (
        <Button
          kind="tertiary"
          size="md"
          disabled={state.loadingMore}
          onClick={() => void loadOlderRecordings()}
        >
          {t("more")}
        </Button>
      )}
    </div>
  );
}

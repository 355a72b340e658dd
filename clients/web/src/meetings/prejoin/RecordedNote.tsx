import { useTranslation } from "react-i18next";
import { RecordIcon } from "../../calls/recording/RecordIcon";
import styles from "./RecordedNote.module.css";

/** Says before one goes in that the meeting is recorded. */
export function RecordedNote({ recorded }: { recorded: boolean }) {
  const { t } = useTranslation("meetings/prejoin");
  return (
    <div role="status">
      {recorded && (
        <p className={styles.note} data-testid="recorded-note">
          <RecordIcon width={20} height={20} aria-hidden />
          <span>{t("recorded")}</span>
        </p>
      )}
    </div>
  );
}

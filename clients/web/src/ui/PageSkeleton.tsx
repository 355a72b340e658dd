import { useTranslation } from "react-i18next";
import styles from "./PageSkeleton.module.css";

/** Grey rows in the place of a list that is being loaded. */
export function PageSkeleton({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className={styles.skeleton} role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={styles.row} aria-hidden>
          <span className={styles.circle} />
          <span className={styles.lines}>
            <span style={{ inlineSize: `${30 + ((row * 37) % 35)}%` }} />
            <span style={{ inlineSize: `${45 + ((row * 53) % 45)}%` }} />
          </span>
        </div>
      ))}
    </div>
  );
}

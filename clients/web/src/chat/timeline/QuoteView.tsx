import { useTranslation } from "react-i18next";
import type { Quote } from "../../matrix/timeline";
import styles from "./QuoteView.module.css";

/** The message that is answered, in short; pressing it goes there. */
export function QuoteView({ quote, goTo }: { quote: Quote; goTo: (eventId: string) => void }) {
  const { t } = useTranslation("chat");
  const { senderName, preview, eventId } = quote;
  const missing = senderName === null;
  return (
    <button
      type="button"
      className={styles.quote}
      onClick={() => goTo(eventId)}
      aria-label={missing ? t("quoted_missing") : t("go_to_quoted", { name: senderName })}
    >
      {!missing && <strong>{senderName}</strong>}
      <span>{missing ? t("quoted_missing") : preview || t("quoted_deleted")}</span>
    </button>
  );
}

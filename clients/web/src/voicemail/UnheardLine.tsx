import { useTranslation } from "react-i18next";
import { paths } from "../routes/routes";
import { useStore } from "../state/store";
import { mailbox, unheard } from "./mailbox";
import styles from "./UnheardLine.module.css";

/** What waits in the mailbox, as the way there; nothing while nothing does. */
export function UnheardLine() {
  const { t } = useTranslation("voicemail");
  const count = unheard(useStore(mailbox));
  if (count === 0) return null;
  return (
    <a className={styles.line} href={`#${paths.voicemail}`}>
      {t("unheard", { count })}
    </a>
  );
}

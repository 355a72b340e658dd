import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import styles from "../ui/Settings.module.css";
import type { Loaded } from "./useAccount";

/** While there is nothing to show: a quiet block, or what went wrong and a way to try again. */
export function NotYet({ loaded }: { loaded: Loaded<unknown> }) {
  const { t } = useTranslation("account");
  if (loaded.error === null)
    return <div className={styles.skeleton} aria-busy aria-label={t("loading")} role="status" />;
  return (
    <div className={styles.row} role="alert">
      <p className={styles.grow}>{errorWords(loaded.error)}</p>
      <Button kind="secondary" size="md" onClick={loaded.load}>
        {t("retry")}
      </Button>
    </div>
  );
}

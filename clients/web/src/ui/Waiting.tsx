import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { PageSkeleton } from "./PageSkeleton";
import styles from "./Waiting.module.css";
import type { Loaded } from "./useLoaded";

/** What stands in the place of something that is being loaded, or could not be. */
export function Waiting({ loaded }: { loaded: Pick<Loaded<unknown>, "failed" | "load"> }) {
  const { t } = useTranslation("ui");
  if (!loaded.failed) return <PageSkeleton />;
  return (
    <div className={styles.note} role="alert">
      <p>{t("load_failed")}</p>
      <Button kind="secondary" size="md" onClick={() => loaded.load()}>
        {t("retry")}
      </Button>
    </div>
  );
}

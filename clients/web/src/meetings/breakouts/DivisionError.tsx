import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { errorWords } from "../../api/errors";
import styles from "./Breakouts.module.css";

/** Why the meeting was not divided as it was meant to be. */
export function DivisionError({ error }: { error: unknown }) {
  const { t } = useTranslation("meetings/breakouts");
  const unnamed = error instanceof ApiError && error.code === "invalid_name";
  return (
    <div role="alert">
      {error !== null && <p className={styles.error}>{unnamed ? t("invalid_name") : errorWords(error)}</p>}
    </div>
  );
}

import FavouriteIcon from "@vector-im/compound-design-tokens/assets/web/icons/favourite-solid";
import { useTranslation } from "react-i18next";
import styles from "./PersonRow.module.css";

/** The mark of a favourite behind a name. */
export function Star() {
  const { t } = useTranslation("contacts");
  return (
    <span className={styles.star} role="img" aria-label={t("favourite")} title={t("favourite")}>
      <FavouriteIcon width={14} height={14} aria-hidden />
    </span>
  );
}

import { useTranslation } from "react-i18next";
import styles from "../Admin.module.css";
import { StarCodes } from "./StarCodes";
import { VoicemailRules } from "./VoicemailRules";

/** What holds for the services that everybody has at the telephone. */
export function ServicesPanel() {
  const { t } = useTranslation("admin/services");
  return (
    <section className={styles.single} aria-labelledby="admin-services">
      <h1 id="admin-services" className={styles.subtitle}>
        {t("title")}
      </h1>
      <VoicemailRules />
      <StarCodes />
    </section>
  );
}

import { useTranslation } from "react-i18next";
import { Today } from "../today/Today";
import { DialPad } from "./DialPad";
import styles from "./KeypadPage.module.css";

/** The phone layout's keypad. */
export function KeypadPage() {
  const { t } = useTranslation("dialpad");
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">{t("dial_pad")}</h1>
      <Today />
      <div className={styles.pad}>
        <DialPad size="large" />
      </div>
    </div>
  );
}

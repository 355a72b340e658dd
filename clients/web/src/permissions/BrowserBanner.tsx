import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Banner.module.css";
import { isTriedBrowser, lacks } from "./browser";

const STORED = "unisono.browser.known";

/** In browsers other than Chrome, Edge and Firefox: what will not work, once. */
export function BrowserBanner() {
  const { t } = useTranslation("permissions");
  const [shown, setShown] = useState(
    () => !isTriedBrowser(navigator.userAgent) && localStorage.getItem(STORED) === null,
  );
  if (!shown) return null;
  const dismiss = (): void => {
    localStorage.setItem(STORED, "yes");
    setShown(false);
  };
  const missing = lacks(window);
  return (
    <aside className={styles.banner} aria-label={t("browser_title")}>
      <div className={styles.words}>
        <strong>{t("browser_title")}</strong>
        <span>{t("browser_lead")}</span>
        {missing.length > 0 && (
          <ul className={styles.plain}>
            {missing.map((lack) => (
              <li key={lack}>{t(`lack_${lack}`)}</li>
            ))}
          </ul>
        )}
      </div>
      <div className={styles.actions}>
        <Button kind="secondary" size="md" onClick={dismiss}>
          {t("understood")}
        </Button>
      </div>
    </aside>
  );
}

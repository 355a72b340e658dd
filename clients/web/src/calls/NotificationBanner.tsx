import { Button } from "@vector-im/compound-web";
import NotificationsIcon from "@vector-im/compound-design-tokens/assets/web/icons/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./NotificationBanner.module.css";
import { notificationsAskable } from "./notifications";

const STORED = "unisono.notifications.later";

/** Asks for desktop notifications when a person presses the button, never by itself; can be put off for good. */
export function NotificationBanner() {
  const { t } = useTranslation("calls");
  const [shown, setShown] = useState(() => notificationsAskable() && localStorage.getItem(STORED) === null);
  if (!shown) return null;
  const later = (): void => {
    localStorage.setItem(STORED, "yes");
    setShown(false);
  };
  const allow = (): void => {
    void Notification.requestPermission().then(() => setShown(false));
  };
  return (
    <aside className={styles.banner} aria-label={t("notifications_ask")}>
      <NotificationsIcon className={styles.icon} width={24} height={24} aria-hidden />
      <p className={styles.words}>
        <strong>{t("notifications_ask")}</strong>
        <span>{t("notifications_why")}</span>
      </p>
      <div className={styles.actions}>
        <Button kind="tertiary" size="md" onClick={later}>
          {t("notifications_later")}
        </Button>
        <Button size="md" onClick={allow}>
          {t("notifications_allow")}
        </Button>
      </div>
    </aside>
  );
}

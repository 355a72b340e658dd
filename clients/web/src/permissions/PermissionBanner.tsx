import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import styles from "./Banner.module.css";
import { askAll, grants, KINDS, readGrants, type Kind } from "./devices";
import { PermissionList } from "./PermissionList";

const STORED = "unisono.permissions.later";

/**
 * At the first sign-in in a browser: asks for microphone, camera and notifications, and says what does not work
 * without them. The browser's own questions come only after a press on "Connect".
 */
export function PermissionBanner() {
  const { t } = useTranslation("permissions");
  const known = useStore(grants);
  const [put, setPut] = useState(() => localStorage.getItem(STORED) !== null);
  const [asking, setAsking] = useState(false);
  const [asked, setAsked] = useState(false);
  useEffect(() => void readGrants(), []);
  const open = KINDS.filter((kind) => known[kind] === "ask");
  const trouble = asked && KINDS.some((kind) => known[kind] === "denied" || known[kind] === "missing");
  if (put || !(open.length > 0 || asking || trouble)) return null;
  const later = (): void => {
    localStorage.setItem(STORED, "yes");
    setPut(true);
  };
  const connect = async (): Promise<void> => {
    setAsking(true);
    await askAll();
    setAsking(false);
    setAsked(true);
  };
  return (
    <aside className={styles.banner} aria-label={t("title")}>
      <div className={styles.words}>
        <strong>{t("title")}</strong>
        <span aria-live="polite">{asking ? t("asking") : asked ? t("asked") : t("lead")}</span>
        <PermissionList kinds={KINDS as readonly Kind[]} />
      </div>
      <div className={styles.actions}>
        <Button kind="tertiary" size="md" onClick={later}>
          {asked && open.length === 0 ? t("close") : t("later")}
        </Button>
        {open.length > 0 && (
          <Button size="md" disabled={asking} onClick={() => void connect()}>
            {t("connect")}
          </Button>
        )}
      </div>
    </aside>
  );
}

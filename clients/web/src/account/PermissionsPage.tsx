import { Button } from "@vector-im/compound-web";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ask, grants, KINDS, readGrants } from "../permissions/devices";
import { PermissionList } from "../permissions/PermissionList";
import { useStore } from "../state/store";
import styles from "../ui/Settings.module.css";

/** What this browser may use, and how to change that. */
export function PermissionsPage() {
  const { t } = useTranslation("permissions");
  const known = useStore(grants);
  useEffect(() => void readGrants(), []);
  return KINDS.map((kind) => (
    <section key={kind} className={styles.section}>
      <div className={styles.row}>
        <div className={styles.grow}>
          <PermissionList kinds={[kind]} />
        </div>
        {(known[kind] === "ask" || known[kind] === "missing") && (
          <Button kind="secondary" size="md" onClick={() => void ask(kind)}>
            {t("connect")}
          </Button>
        )}
      </div>
    </section>
  ));
}

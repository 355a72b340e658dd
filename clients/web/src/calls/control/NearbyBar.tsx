import RingingIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RingingCall } from "../../api/calls";
import { useNumberFormat } from "../../numbers/numberFormat";
import styles from "../island/CallBar.module.css";
import { takeRinging } from "./commands";

/** A call that rings for a colleague near me. One press takes it to this page. */
export function NearbyBar({ call }: { call: RingingCall }) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const [busy, setBusy] = useState(false);
  const name = format(call.peer.name || call.peer.number || "") || t("hidden_number");
  const take = async (): Promise<void> => {
    setBusy(true);
    await takeRinging(call);
    setBusy(false);
  };
  return (
    <div
      className={styles.bar}
      role="group"
      aria-label={t("call_with", { name })}
      data-phase="elsewhere"
      data-testid="nearby-bar"
    >
      <span className={styles.who}>
        <span className={styles.place} aria-hidden>
          <RingingIcon width={20} height={20} />
        </span>
        <span className={styles.words}>
          <strong className={styles.name}>{name}</strong>
          <span className={styles.how}>{t("rings_for", { name: call.callee.name })}</span>
        </span>
      </span>
      <div className={styles.controls}>
        <Button kind="primary" size="md" disabled={busy} onClick={() => void take()}>
          {t("take_ringing")}
        </Button>
      </div>
    </div>
  );
}

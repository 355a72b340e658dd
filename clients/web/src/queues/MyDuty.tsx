import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import type { Agent } from "../api/queues";
import { formatDuration } from "../calls/duration";
import { setDuty } from "./queues";
import styles from "./Queues.module.css";

interface Props {
  me: Agent;
  /** The server's time, in ms. */
  now: number;
}

const RESTING = new Set(["paused", "wrapping_up", "pausing"]);

/** What I do as an agent, and what I can do about it. */
export function MyDuty({ me, now }: Props) {
  const { t } = useTranslation("queues");
  const on = me.state !== "off" && me.state !== "leaving";
  const left = me.until === null ? null : Math.max(0, me.until - now);
  const about = me.reason === "away" ? t("me_away") : t(`me_${me.state}`);
  return (
    <section className={styles.duty} aria-label={t("me")} data-state={me.state}>
      <p className={styles.sentence} role="status">
        <span className={styles.dot} data-state={me.state} aria-hidden="true" />
        {about}
        {left !== null && <span className={styles.time}>{formatDuration(left)}</span>}
      </p>
      <div className={styles.actions}>
        {!on && <Button onClick={() => void setDuty("on")}>{t("sign_in")}</Button>}
        {on && RESTING.has(me.state) && <Button onClick={() => void setDuty("on")}>{t("ready")}</Button>}
        {on && me.state !== "paused" && me.state !== "pausing" && (
          <Button kind="secondary" onClick={() => void setDuty("break")}>
            {t("break")}
          </Button>
        )}
        {on && (
          <Button kind="tertiary" onClick={() => void setDuty("off")}>
            {t("sign_out")}
          </Button>
        )}
      </div>
    </section>
  );
}

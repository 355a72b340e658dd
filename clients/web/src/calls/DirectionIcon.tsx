import ArrowInIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-down";
import ArrowOutIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-up-right";
import MissedIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-missed-solid";
import type { CallRecord } from "../api/types";
import { isMissed } from "./outcome";
import styles from "./DirectionIcon.module.css";

/** Made, received or missed; for eyes only, the words stand beside it. */
export function DirectionIcon({ call }: { call: CallRecord }) {
  if (isMissed(call)) return <MissedIcon className={styles.icon} width={16} height={16} aria-hidden />;
  const Icon = call.direction === "inbound" ? ArrowInIcon : ArrowOutIcon;
  return <Icon className={`${styles.icon} ${styles[call.direction]}`} width={16} height={16} aria-hidden />;
}

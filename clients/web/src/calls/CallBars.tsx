import ExpandIcon from "@vector-im/compound-design-tokens/assets/web/icons/expand";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayout } from "../ui/layout";
import { useNumberFormat } from "../numbers/numberFormat";
import type { CallSnapshot } from "./call";
import styles from "./CallBars.module.css";
import { CallControls } from "./CallControls";
import { CallStatus } from "./CallStatus";
import { calls as manager } from "./manager";
import { PeerAvatar } from "./PeerAvatar";
import { RoundButton } from "../ui/RoundButton";
import { ToneKeypad } from "./ToneKeypad";
import { useCalls } from "./useCalls";

/** One bar for each call in progress, between the top bar and the section's page. */
export function CallBars() {
  const { t } = useTranslation("calls");
  const { calls, expanded } = useCalls();
  const shown = calls.filter((call) => call.phase !== "ringing-in" && call.id !== expanded);
  if (shown.length === 0) return null;
  return (
    <section className={styles.bars} aria-label={t("calls_in_progress")}>
      {shown.map((call) => (
        <CallBar key={call.id} call={call} />
      ))}
    </section>
  );
}

function CallBar({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const phone = useLayout() === "phone";
  const format = useNumberFormat();
  const [keypad, setKeypad] = useState(false);
  const expand = (): void => manager.expand(call.id);
  return (
    <div className={styles.bar} data-phase={call.phase} data-testid="call-bar">
      <button
        type="button"
        className={styles.who}
        aria-label={`${t("expand")}: ${call.peer.name}`}
        onClick={expand}
      >
        <PeerAvatar userId={call.peer.userId} name={call.peer.name} size={36} />
        <span className={styles.words}>
          <strong className={styles.name}>{format(call.peer.name)}</strong>
          <CallStatus call={call} />
        </span>
      </button>
      <div className={styles.controls}>
        <CallControls
          call={call}
          size="small"
          brief={phone}
          keypadOpen={keypad}
          onKeypad={() => setKeypad(!keypad)}
        />
        <RoundButton Icon={ExpandIcon} label={t("expand")} kind="quiet" size="small" onClick={expand} />
      </div>
      {keypad && !phone && (
        <div className={styles.keypad}>
          <ToneKeypad call={call} />
        </div>
      )}
    </div>
  );
}

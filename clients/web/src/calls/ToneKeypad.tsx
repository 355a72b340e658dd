import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Keys } from "../ui/Keys";
import type { CallSnapshot } from "./call";
import { calls } from "./manager";
import { tones } from "./tones";
import styles from "./ToneKeypad.module.css";

/** The keypad of a call in progress: each key is sent as a tone and heard here softly. */
export function ToneKeypad({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const { t: words } = useTranslation("dialpad");
  const [sent, setSent] = useState("");
  const [refused, setRefused] = useState(false);
  const press = (key: string): void => {
    const taken = calls.get(call.id)?.sendDtmf(key) ?? false;
    setRefused(!taken);
    if (!taken) return;
    setSent((before) => before + key);
    tones.key(key);
  };
  return (
    <div className={styles.keypad}>
      <output className={styles.sent} aria-label={words("sent_tones")} data-testid="sent-tones">
        {sent}
      </output>
      {refused && (
        <p className={styles.refused} role="alert">
          {t("keypad_off")}
        </p>
      )}
      <Keys onKey={press} />
    </div>
  );
}

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConnection } from "../matrix/connection";
import styles from "./TroubleLine.module.css";
import { useTelephonyReady } from "./telephony";

/** Trouble shorter than this is not worth a word. */
const PATIENCE_MS = 1_500;

/** A thin line under the top bar that says what is wrong, and nothing else. */
export function TroubleLine() {
  const { t } = useTranslation();
  const { status } = useConnection();
  const telephony = useTelephonyReady();
  const trouble = status === "reconnecting" ? "reconnecting" : telephony === false ? "no_telephony" : null;
  const shown = useSettled(trouble);
  return (
    <div role="status">
      {shown && (
        <p className={styles.line} data-trouble={shown}>
          {t(shown)}
        </p>
      )}
    </div>
  );
}

function useSettled<T>(value: T | null): T | null {
  const [settled, setSettled] = useState<T | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === null ? 0 : PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

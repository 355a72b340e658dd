import { useRef } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Keys.module.css";

const KEYS: readonly (readonly [string, string])[] = [
  ["1", ""],
  ["2", "ABC"],
  ["3", "DEF"],
  ["4", "GHI"],
  ["5", "JKL"],
  ["6", "MNO"],
  ["7", "PQRS"],
  ["8", "TUV"],
  ["9", "WXYZ"],
  ["*", ""],
  ["0", "+"],
  ["#", ""],
];
const LONG_PRESS_MS = 500;

interface Props {
  onKey: (key: string) => void;
  /** Given where numbers are typed: holding 0 then means "+". */
  onLongZero?: () => void;
}

/** The twelve keys of a telephone. */
export function Keys({ onKey, onLongZero }: Props) {
  const { t } = useTranslation("dialpad");
  const longPress = useLongPress(onLongZero);
  return (
    <div className={styles.keys} role="group" aria-label={t("dial_pad")}>
      {KEYS.map(([key, letters]) => {
        const zero = key === "0" && onLongZero !== undefined;
        const press = (): void => {
          if (zero && longPress.consumed()) return;
          onKey(key);
        };
        return (
          <button
            key={key}
            type="button"
            className={styles.key}
            title={zero ? t("key_zero") : undefined}
            onClick={press}
            {...(zero ? longPress.handlers : {})}
          >
            <span className={styles.digit}>{key}</span>
            <span className={styles.letters} aria-hidden>
              {zero || key !== "0" ? letters : ""}
            </span>
          </button>
        );
      })}
    </div>
  );
}

/** Runs `action` when the pointer stays; `consumed` tells the click that follows to do nothing. */
function useLongPress(action: (() => void) | undefined) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const fired = useRef(false);
  const cancel = (): void => clearTimeout(timer.current);
  return {
    consumed: (): boolean => {
      const was = fired.current;
      fired.current = false;
      return was;
    },
    handlers: {
      onPointerDown: (): void => {
        fired.current = false;
        timer.current = setTimeout(() => {
          fired.current = true;
          action?.();
        }, LONG_PRESS_MS);
      },
      onPointerUp: cancel,
      onPointerLeave: cancel,
      onPointerCancel: cancel,
    },
  };
}

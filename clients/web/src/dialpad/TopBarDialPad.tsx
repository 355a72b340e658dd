import DialPadIcon from "@vector-im/compound-design-tokens/assets/web/icons/dial-pad";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { RoundButton } from "../ui/RoundButton";
import { DialPad } from "./DialPad";
import styles from "./TopBarDialPad.module.css";

/** The button of the top bar that opens the dial pad over whatever page is shown. */
export function TopBarDialPad() {
  const { t } = useTranslation("dialpad");
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useDismiss(root, open, () => setOpen(false));
  return (
    <div ref={root} className={styles.root}>
      <RoundButton
        Icon={DialPadIcon}
        label={t("dial_pad")}
        kind="quiet"
        size="small"
        pressed={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div className={styles.popover} role="dialog" aria-label={t("dial_pad")}>
          <DialPad autoFocus onPlaced={() => setOpen(false)} />
        </div>
      )}
    </div>
  );
}

/** Closes at Escape, giving the focus back, and at a press anywhere else. */
function useDismiss(root: React.RefObject<HTMLDivElement | null>, open: boolean, close: () => void): void {
  const latest = useEffectEvent(close);
  useEffect(() => {
    if (!open) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      latest();
      root.current?.querySelector("button")?.focus();
    };
    const onPointer = (event: PointerEvent): void => {
      if (!root.current?.contains(event.target as Node)) latest();
    };
    window.addEventListener("keydown", onKey, true);
    window.addEventListener("pointerdown", onPointer, true);
    return () => {
      window.removeEventListener("keydown", onKey, true);
      window.removeEventListener("pointerdown", onPointer, true);
    };
  }, [open, root]);
}

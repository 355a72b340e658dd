import { ToggleInput } from "@vector-im/compound-web";
import { type ReactNode, useId } from "react";
import settings from "../ui/Settings.module.css";
import styles from "./Services.module.css";

interface Props {
  label: string;
  hint: string;
  on: boolean;
  onSwitch: (on: boolean) => void;
  children?: ReactNode;
}

/** A switch with its words, all of which can be pressed. */
export function SwitchRow({ label, hint, on, onSwitch, children }: Props) {
  const id = useId();
  return (
    <div className={styles.rule} data-on={on || undefined}>
      <div className={styles.switch}>
        <label htmlFor={id} className={styles.words}>
          <span className={styles.label}>{label}</span>
          <span id={`${id}-hint`} className={settings.hint}>
            {hint}
          </span>
        </label>
        <ToggleInput
          id={id}
          aria-label={label}
          aria-describedby={`${id}-hint`}
          checked={on}
          onChange={(event) => onSwitch(event.target.checked)}
        />
      </div>
      {children}
    </div>
  );
}

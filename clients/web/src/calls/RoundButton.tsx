import { Tooltip } from "@vector-im/compound-web";
import type { ComponentType, MouseEvent, SVGAttributes } from "react";
import styles from "./RoundButton.module.css";

interface Props {
  Icon: ComponentType<SVGAttributes<SVGElement>>;
  label: string;
  kind?: "plain" | "answer" | "end" | "quiet";
  size?: "small" | "medium" | "large";
  /** A switch: pressed or not. */
  pressed?: boolean;
  disabled?: boolean;
  onClick: (event: MouseEvent) => void;
}

/** A round button with an icon; its words are in the tooltip and for screen readers. */
export function RoundButton({
  Icon,
  label,
  kind = "plain",
  size = "medium",
  pressed,
  disabled,
  onClick,
}: Props) {
  const pixels = size === "large" ? 28 : size === "small" ? 20 : 24;
  return (
    <Tooltip label={label}>
      <button
        type="button"
        className={styles.button}
        data-kind={kind}
        data-size={size}
        aria-pressed={pressed}
        disabled={disabled}
        onClick={onClick}
      >
        <Icon width={pixels} height={pixels} aria-hidden />
      </button>
    </Tooltip>
  );
}

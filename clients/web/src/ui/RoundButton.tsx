import { Tooltip } from "@vector-im/compound-web";
import type { ButtonHTMLAttributes, ComponentType, MouseEvent, Ref, SVGAttributes } from "react";
import styles from "./RoundButton.module.css";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  Icon: ComponentType<SVGAttributes<SVGElement>>;
  label: string;
  kind?: "plain" | "answer" | "end" | "quiet" | "off";
  size?: "small" | "medium" | "large";
  /** A switch: pressed or not. */
  pressed?: boolean;
  disabled?: boolean;
  onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
  ref?: Ref<HTMLButtonElement>;
}

/** A round button with an icon; its words are in the tooltip and for screen readers. */
export function RoundButton({
  Icon,
  label,
  kind = "plain",
  size = "medium",
  pressed,
  disabled,
  ...rest
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
        {...rest}
      >
        <Icon width={pixels} height={pixels} aria-hidden />
      </button>
    </Tooltip>
  );
}

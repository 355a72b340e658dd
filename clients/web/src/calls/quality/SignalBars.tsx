import { useTranslation } from "react-i18next";
import styles from "./SignalBars.module.css";
import { barsOf, soundKey } from "./bars";

const HEIGHTS = [5, 8, 11, 14];

/** How the sound is, as a telephone shows it; in words for who does not see it. */
export function SignalBars({ score }: { score: number }) {
  const { t } = useTranslation("calls");
  const bars = barsOf(score);
  const words = t(soundKey(score));
  return (
    <svg
      className={styles.bars}
      data-bars={bars}
      width={18}
      height={14}
      viewBox="0 0 18 14"
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      {HEIGHTS.map((height, index) => (
        <rect
          key={height}
          x={index * 5}
          y={14 - height}
          width={3}
          height={height}
          rx={1}
          data-on={index < bars || undefined}
        />
      ))}
    </svg>
  );
}

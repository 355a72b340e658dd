import { useTranslation } from "react-i18next";
import type { Quality } from "../session/types";
import styles from "./Tile.module.css";

/** Bars like a mobile phone's, only where something is wrong: a good connection is not worth a mark. */
export function QualityBars({ quality }: { quality: Quality }) {
  const { t } = useTranslation("meetings/room");
  if (quality !== "poor" && quality !== "lost") return null;
  return (
    <span className={styles.bars} data-quality={quality} role="img" aria-label={t(`quality_${quality}`)}>
      <i />
      <i />
      <i />
    </span>
  );
}

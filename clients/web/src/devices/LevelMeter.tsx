import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Devices.module.css";
import { meter } from "./level";

/** How loud a microphone is now. Drawn past React: sixty changes a second are nobody's state. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const { t } = useTranslation("devices");
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = bar.current;
    if (!element) return undefined;
    const show = (level: number): void => {
      element.style.setProperty("--level", level.toFixed(3));
      element.setAttribute("aria-valuenow", String(Math.round(level * 10) * 10));
    };
    show(0);
    return track ? meter(track, show) : undefined;
  }, [track]);
  return (
    <div
      ref={bar}
      className={styles.meter}
      role="meter"
      aria-label={t("level")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
      data-testid="level-meter"
    />
  );
}

import { useTranslation } from "react-i18next";
import styles from "./PresenceDot.module.css";
import { useAvailability, type Availability } from "./presence";

/** The coloured dot of somebody's availability; its words are for screen readers and the pointer. */
export function PresenceDot({ userId, className }: { userId: string; className?: string }) {
  return <AvailabilityDot availability={useAvailability(userId)} className={className ?? ""} />;
}

export function AvailabilityDot({
  availability,
  className = "",
}: {
  availability: Availability;
  className?: string;
}) {
  const { t } = useTranslation("people");
  return (
    <span
      role="img"
      className={`${styles.dot} ${className}`}
      data-availability={availability}
      aria-label={t(availability)}
      title={t(availability)}
    />
  );
}

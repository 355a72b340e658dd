import { useTranslation } from "react-i18next";
import type { LiveCall } from "../../api/calls";
import styles from "./ListenersBadge.module.css";

/** Says to an agent which supervisors hear the call, and who hears them. */
export function ListenersBadge({ listeners }: { listeners: LiveCall["listeners"] }) {
  const { t } = useTranslation("calls");
  if (!listeners?.length) return null;
  return (
    <span className={styles.badge} role="status" data-testid="listeners-badge">
      {listeners
        .map(({ party, mode }) => t(`listener_${mode}`, { name: party.name || party.number || "" }))
        .join(" · ")}
    </span>
  );
}

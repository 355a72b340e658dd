import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { Door } from "../session/Door";
import door from "../session/Door.module.css";
import styles from "./Guest.module.css";
import { useAwake } from "./useAwake";

interface Props {
  title: string;
  /** Under which those inside see who waits. */
  name: string;
  onLeave: () => void;
}

/** The waiting room: those inside have been told, and one comes in by itself. */
export function WaitingPage({ title, name, onLeave }: Props) {
  const { t } = useTranslation("guest");
  useAwake();
  return (
    <Door title={t("waiting_title")} lead={t("waiting_text", { title, name })} step="waiting">
      <div className={styles.waiting} role="img" aria-label={t("waiting")}>
        <span />
        <span />
        <span />
      </div>
      <p className={door.hint}>{t("waiting_hint")}</p>
      <Button className={door.wide ?? ""} kind="secondary" onClick={onLeave}>
        {t("stop_waiting")}
      </Button>
    </Door>
  );
}

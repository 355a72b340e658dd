import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { guests } from "../api/guest";
import { RecordedNote } from "../meetings/prejoin/RecordedNote";
import { Door } from "../session/Door";
import door from "../session/Door.module.css";
import styles from "./Guest.module.css";
import { useAwake } from "./useAwake";

/** How often one looks whether the meeting is recorded, in ms. */
const LOOK_MS = 5_000;

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
  const recorded = useRecorded();
  return (
    <Door title={t("waiting_title")} lead={t("waiting_text", { title, name })} step="waiting">
      <div className={styles.waiting} role="img" aria-label={t("waiting")}>
        <span />
        <span />
        <span />
      </div>
      <RecordedNote recorded={recorded} />
      <p className={door.hint}>{t("waiting_hint")}</p>
      <Button className={door.wide ?? ""} kind="secondary" onClick={onLeave}>
        {t("stop_waiting")}
      </Button>
    </Door>
  );
}

/** Whether those inside are recorded, as it may begin while one waits. */
function useRecorded(): boolean {
  const [recorded, setRecorded] = useState(false);
  useEffect(() => {
    const look = (): void => {
      // Whoever is not told now is told the next time.
      guests.place().then(
        ({ meeting }) => setRecorded(meeting.recorded),
        () => undefined,
      );
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return recorded;
}

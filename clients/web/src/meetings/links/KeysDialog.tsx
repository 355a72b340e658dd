import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { Dialog } from "../../ui/Dialog";
import { dateLocale } from "../../ui/dates";
import { endOf } from "../list/arrange";
import { dateRange } from "../list/when";
import styles from "./Links.module.css";

interface Props {
  /** Which session is to be ended: this browser's, or one that goes on elsewhere. */
  which: "this" | "other";
  /** Planned, encrypted, and without their key afterwards. */
  meetings: readonly Meeting[];
  onStay: () => void;
  onGoOn: () => void;
}

/** Asks before a session ends whose browser alone keeps the key of planned meetings: links to them would be useless. */
export function KeysDialog({ which, meetings, onStay, onGoOn }: Props) {
  const { t } = useTranslation("meetings/links");
  const actions = (
    <>
      <Button kind="secondary" onClick={onStay}>
        {t(`keys_stay_${which}`)}
      </Button>
      <Button destructive onClick={onGoOn}>
        {t(`keys_end_${which}`)}
      </Button>
    </>
  );
  return (
    <Dialog title={t(`keys_title_${which}`)} onClose={onStay} actions={actions}>
      <div className={styles.way}>
        <p>{t(`keys_text_${which}`, { count: meetings.length })}</p>
        <ul className={styles.keyed} role="list">
          {meetings.map((meeting) => (
            <li key={meeting.id}>
              <b>{meeting.title}</b>
              <span className={styles.about}>{timeOf(meeting)}</span>
            </li>
          ))}
        </ul>
        <p className={styles.about}>{t("keys_after")}</p>
      </div>
    </Dialog>
  );
}

function timeOf(meeting: Meeting): string {
  const [start, end] = [meeting.starts_at, endOf(meeting)];
  return start === null || end === null ? "" : dateRange(start, end, dateLocale());
}

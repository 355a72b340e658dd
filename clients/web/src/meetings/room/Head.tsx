import LockIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-solid";
import LockOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-off";
import { useTranslation } from "react-i18next";
import { formatDuration } from "../../calls/duration";
import { RecordingBadge } from "../../calls/recording/RecordingBadge";
import { EncryptionMeaning } from "../../ui/EncryptionMeaning";
import { useElapsed } from "../../calls/useCalls";
import type { MeetingSnapshot } from "../session/types";
import styles from "./MeetingRoom.module.css";

/** Which meeting it is, since when, and whether it is encrypted from end to end. */
export function Head({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  const elapsed = useElapsed(meeting.joinedAt);
  return (
    <header className={styles.head}>
      <h2 className={styles.title}>{meeting.title}</h2>
      {meeting.joinedAt !== null && (
        <span className={styles.clock} role="timer" data-testid="meeting-clock">
          {formatDuration(elapsed)}
        </span>
      )}
      {meeting.recording && <RecordingBadge recording={{ state: meeting.recording }} />}
      <span className={styles.gap} />
      <Seal meeting={meeting} />
      {meeting.phase !== "moving" && (
        <span className={styles.count}>{t("count", { count: meeting.participants.length })}</span>
      )}
    </header>
  );
}

/** Says what the encryption is worth: a telephone inside hears and is heard outside of it. */
function Seal({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  if (!meeting.encrypted) return null;
  const open = meeting.participants.some((each) => each.unencrypted);
  const Icon = open ? LockOffIcon : LockIcon;
  return (
    <EncryptionMeaning telephone={open}>
      <span className={styles.seal} data-open={open || undefined}>
        <Icon width={16} height={16} aria-hidden />
        {t(open ? "encrypted_but_phone" : "encrypted")}
      </span>
    </EncryptionMeaning>
  );
}

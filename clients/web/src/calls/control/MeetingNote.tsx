import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { useMe } from "../../session/session";
import { useStore } from "../../state/store";
import type { CallSnapshot } from "../call";
import { goOver } from "./commands";
import styles from "./ConsultNote.module.css";
import { fates } from "./fates";
import { liveCalls, liveOf } from "./live";

/** Who has made a meeting of the call, and the way over to it; nothing in any other call. */
export function MeetingNote({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const me = useMe().user_id;
  const meeting = liveOf(call, useStore(liveCalls))?.meeting;
  const busy = useStore(fates).has(call.id);
  if (!meeting || busy) return null;
  const words = meeting.by.user_id === me ? t("meets_mine") : t("meets", { name: meeting.by.name });
  return (
    <div className={styles.note} role="group" aria-label={words} data-testid="meets">
      <span className={styles.words}>{words}</span>
      <span className={styles.actions}>
        <Button kind="primary" size="md" onClick={() => goOver(call.id, meeting)}>
          {t("meet_join")}
        </Button>
      </span>
    </div>
  );
}

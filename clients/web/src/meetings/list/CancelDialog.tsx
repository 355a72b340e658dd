import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import { meetings, type Meeting } from "../../api/meetings";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/toasts";
import { dropMeeting } from "./meetings";
import styles from "./Meetings.module.css";

interface Props {
  meeting: Meeting;
  onCancelled: () => void;
  onClose: () => void;
}

/** Asks before a meeting is cancelled: those who were invited are told by mail. */
export function CancelDialog({ meeting, onCancelled, onClose }: Props) {
  const { t } = useTranslation("meetings/list");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const cancel = async (): Promise<void> => {
    setBusy(true);
    try {
      await meetings.cancel(meeting.id);
      dropMeeting(meeting.id);
      toast("success", t("cancelled", { title: meeting.title }));
      onCancelled();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  const actions = (
    <>
      <Button kind="secondary" onClick={onClose}>
        {t("keep_meeting")}
      </Button>
      <Button destructive disabled={busy} onClick={() => void cancel()}>
        {t("cancel_meeting")}
      </Button>
    </>
  );
  return (
    <Dialog title={t("cancel_title", { title: meeting.title })} onClose={onClose} actions={actions}>
      <p>{t("cancel_text")}</p>
      <div role="alert">{error !== null && <p className={styles.error}>{errorWords(error)}</p>}</div>
    </Dialog>
  );
}

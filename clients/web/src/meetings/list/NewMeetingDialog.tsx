import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import { meetings } from "../../api/meetings";
import { Dialog } from "../../ui/Dialog";
import { navigate, paths } from "../../routes/routes";
import { toggled } from "../../chat/roomlist/NewConversation";
import { PeoplePicker } from "../../chat/roomlist/PeoplePicker";
import { useMe } from "../../session/session";
import { ringWhenInside } from "../matrix/actions";
import { Encrypted } from "./Encrypted";
import { keepMeeting } from "./meetings";
import styles from "./Meetings.module.css";

/** A meeting at once: a name that may stay as it is, and whom to ring. */
export function NewMeetingDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("meetings/list");
  const me = useMe();
  const [title, setTitle] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [encrypted, setEncrypted] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const usual = t("usual_title", { name: me.name });
  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      const named = title.trim() || usual;
      const made = await meetings.create({ title: named, people: [...chosen], invite: [], encrypted });
      keepMeeting(made);
      ringWhenInside(made.room_id, [...chosen]);
      onClose();
      navigate(paths.meeting(made.room_id));
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  const actions = (
    <Button type="submit" form="new-meeting" disabled={busy}>
      {t(chosen.size > 0 ? "start_and_ring" : "start")}
    </Button>
  );
  return (
    <Dialog title={t("new")} onClose={onClose} actions={actions}>
      <Form.Root id="new-meeting" onSubmit={(event) => void start(event)}>
        <Form.Field name="title">
          <Form.Label>{t("field_title")}</Form.Label>
          <Form.TextControl
            autoComplete="off"
            maxLength={120}
            placeholder={usual}
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
        </Form.Field>
        <Encrypted value={encrypted} onChange={setEncrypted} />
        <div role="alert">{error !== null && <p className={styles.error}>{errorWords(error)}</p>}</div>
      </Form.Root>
      <p className={styles.label}>
        {t("people_ring")}
        {chosen.size > 0 && <span>{t("chosen", { count: chosen.size })}</span>}
      </p>
      <PeoplePicker
        except={new Set([me.user_id])}
        chosen={chosen}
        onPick={({ user_id: userId }) => setChosen(toggled(chosen, userId))}
      />
    </Dialog>
  );
}

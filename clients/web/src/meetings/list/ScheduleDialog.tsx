import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import { meetings, type Meeting } from "../../api/meetings";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/toasts";
import { toggled } from "../../chat/roomlist/NewConversation";
import { PeoplePicker } from "../../chat/roomlist/PeoplePicker";
import { language } from "../../i18n/i18n";
import { useMe } from "../../session/session";
import { SendLinkDialog } from "../links/SendLinkDialog";
import { readAddresses } from "./addresses";
import { draftOf, faultOf, newDraft, toChange, toNew, type Draft } from "./draft";
import { keepMeeting } from "./meetings";
import { Encrypted } from "./Encrypted";
import styles from "./Meetings.module.css";
import { TimeFields } from "./TimeFields";

interface Props {
  /** The one to change; null for a new one. */
  meeting: Meeting | null;
  onSaved: (meeting: Meeting) => void;
  onClose: () => void;
}

/** Sets a meeting to a time and invites people to it, by mail where they have no account; or changes it. */
export function ScheduleDialog({ meeting, onSaved, onClose }: Props) {
  const { t } = useTranslation("meetings/list");
  const [draft, setDraft] = useState<Draft>(() =>
    meeting ? draftOf(meeting, Date.now(), language()) : newDraft(Date.now(), language()),
  );
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [unsent, setUnsent] = useState<Meeting | null>(null);
  const change = (changed: Partial<Draft>): void => {
    setDraft({ ...draft, ...changed });
    setError(null);
  };
  const guests = readAddresses(draft.outside).good;
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const fault = faultOf(draft, Date.now(), meeting);
    if (fault) {
      setError(t(`fault_${fault}`, { addresses: readAddresses(draft.outside).bad.join(", ") }));
      return;
    }
    setBusy(true);
    try {
      const saved = await (meeting
        ? meetings.change(meeting.id, toChange(draft, meeting))
        : meetings.create(toNew(draft)));
      keepMeeting(saved);
      toast("success", t(meeting ? "changed" : "scheduled", { title: saved.title }));
      if (saved.encrypted && guests.length > 0) setUnsent(saved);
      else onSaved(saved);
    } catch (refusal) {
      setError(errorWords(refusal));
      setBusy(false);
    }
  };
  const actions = (
    <Button type="submit" form="schedule" disabled={busy}>
      {t(meeting ? "save" : "schedule_send")}
    </Button>
  );
  if (unsent) return <SendLinkDialog meeting={unsent} guests={guests} onClose={() => onSaved(unsent)} />;
  return (
    <Dialog title={t(meeting ? "edit_title" : "schedule_title")} onClose={onClose} actions={actions}>
      <Form.Root
        id="schedule"
        noValidate
        className={styles.form ?? ""}
        onSubmit={(event) => void save(event)}
      >
        <Form.Field name="title">
          <Form.Label>{t("field_title")}</Form.Label>
          <Form.TextControl
            required
            autoComplete="off"
            maxLength={120}
            value={draft.title}
            onChange={(event) => change({ title: event.currentTarget.value })}
          />
        </Form.Field>
        <TimeFields draft={draft} onChange={change} />
        <Outside draft={draft} onChange={change} more={meeting !== null} />
        {!meeting && <Encrypted value={draft.encrypted} onChange={(encrypted) => change({ encrypted })} />}
        <div role="alert">{error !== null && <p className={styles.error}>{error}</p>}</div>
      </Form.Root>
      {!meeting && <Colleagues draft={draft} onChange={change} />}
    </Dialog>
  );
}

interface PartProps {
  draft: Draft;
  onChange: (changed: Partial<Draft>) => void;
}

function Colleagues({ draft, onChange }: PartProps) {
  const { t } = useTranslation("meetings/list");
  const me = useMe();
  return (
    <>
      <p className={styles.label}>
        {t("people_invite")}
        {draft.people.size > 0 && <span>{t("chosen", { count: draft.people.size })}</span>}
      </p>
      <PeoplePicker
        except={new Set([me.user_id])}
        chosen={draft.people}
        onPick={({ user_id: userId }) => onChange({ people: toggled(draft.people, userId) })}
      />
    </>
  );
}

function Outside({ draft, onChange, more }: PartProps & { more: boolean }) {
  const { t } = useTranslation("meetings/list");
  return (
    <label className={styles.choice}>
      {t(more ? "outside_more" : "outside")}
      <textarea
        className={styles.input}
        rows={2}
        inputMode="email"
        autoComplete="off"
        spellCheck={false}
        aria-describedby="outside-hint"
        value={draft.outside}
        onChange={(event) => onChange({ outside: event.target.value })}
      />
      <span id="outside-hint" className={styles.hint}>
        {t(draft.encrypted ? "outside_hint_encrypted" : "outside_hint")}
      </span>
    </label>
  );
}

import { Button, Form } from "@vector-im/compound-web";
import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import PlusIcon from "@vector-im/compound-design-tokens/assets/web/icons/plus";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import { type Book, type Contact, phonebooks } from "../../api/phonebooks";
import { Dialog } from "../../ui/Dialog";
import { LABELS, labelWords } from "../../numbers/labels";
import styles from "./ContactEditor.module.css";
import { detailsOf, draftOf, type Line, withLine } from "./draft";

interface Props {
  book: Book;
  /** Null for a new one. */
  contact: Contact | null;
  /** Of a new one. */
  number?: string;
  onSaved: (contact: Contact) => void;
  onClose: () => void;
}

/** Writes a contact: name, organisation, numbers and addresses with what they are, notes. */
export function ContactEditor({ book, contact, number = "", onSaved, onClose }: Props) {
  const { t } = useTranslation("contacts/phonebook");
  const [draft, setDraft] = useState(() => draftOf(contact, number));
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const nameless = !draft.name.trim() && !draft.organisation.trim();
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (saving || nameless) return;
    setSaving(true);
    try {
      const details = detailsOf(draft);
      const saved = contact
        ? await phonebooks.replace(contact.id, details)
        : await phonebooks.add(book, details);
      onSaved(saved);
      onClose();
    } catch (refusal) {
      setError(refusal);
      setSaving(false);
    }
  };
  const actions = (
    <>
      <Button kind="secondary" onClick={onClose}>
        {t("cancel")}
      </Button>
      <Button type="submit" form="contact-editor" disabled={saving || nameless}>
        {t(saving ? "saving" : "save")}
      </Button>
    </>
  );
  return (
    <Dialog title={t(contact ? "edit_title" : `add_title_${book}`)} onClose={onClose} actions={actions}>
      <Form.Root id="contact-editor" className={styles.form ?? ""} onSubmit={(event) => void save(event)}>
        <TextLine
          label={t("name")}
          value={draft.name}
          autoFocus
          onChange={(name) => setDraft({ ...draft, name })}
        />
        <TextLine
          label={t("organisation")}
          value={draft.organisation}
          onChange={(organisation) => setDraft({ ...draft, organisation })}
        />
        <Lines kind="number" lines={draft.numbers} onChange={(numbers) => setDraft({ ...draft, numbers })} />
        <Lines kind="email" lines={draft.emails} onChange={(emails) => setDraft({ ...draft, emails })} />
        <label className={styles.notes}>
          {t("notes")}
          <textarea
            rows={3}
            maxLength={4000}
            value={draft.notes}
            onChange={(event) => setDraft({ ...draft, notes: event.target.value })}
          />
        </label>
      </Form.Root>
      {error !== null && (
        <p className={styles.error} role="alert">
          {errorWords(error)}
        </p>
      )}
    </Dialog>
  );
}

interface TextLineProps {
  label: string;
  value: string;
  autoFocus?: boolean;
  onChange: (value: string) => void;
}

function TextLine({ label, value, autoFocus = false, onChange }: TextLineProps) {
  return (
    <Form.Field name={label}>
      <Form.Label>{label}</Form.Label>
      <Form.TextControl
        autoFocus={autoFocus}
        maxLength={200}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </Form.Field>
  );
}

interface LinesProps {
  kind: "number" | "email";
  lines: readonly Line[];
  onChange: (lines: Line[]) => void;
}

function Lines({ kind, lines, onChange }: LinesProps) {
  const { t } = useTranslation("contacts/phonebook");
  const change = (key: number, changed: Partial<Line>): void =>
    onChange(lines.map((line) => (line.key === key ? { ...line, ...changed } : line)));
  return (
    <fieldset className={styles.lines}>
      <legend>{t(`${kind}s`)}</legend>
      {lines.map((line, index) => (
        <div key={line.key} className={styles.line}>
          <select
            aria-label={t("label_of", { place: index + 1 })}
            value={line.label}
            onChange={(event) => change(line.key, { label: event.target.value })}
          >
            {[...new Set([...LABELS, line.label])].map((label) => (
              <option key={label} value={label}>
                {labelWords(label, t("no_label"))}
              </option>
            ))}
          </select>
          <input
            type={kind === "number" ? "tel" : "email"}
            aria-label={t(`${kind}_of`, { place: index + 1 })}
            maxLength={kind === "number" ? 100 : 320}
            value={line.value}
            onChange={(event) => change(line.key, { value: event.target.value })}
          />
          <button
            type="button"
            className={styles.remove}
            aria-label={t("remove_line")}
            title={t("remove_line")}
            onClick={() => onChange(lines.filter((each) => each.key !== line.key))}
          >
            <DeleteIcon width={20} height={20} aria-hidden />
          </button>
        </div>
      ))}
      <button type="button" className={styles.add} onClick={() => onChange(withLine(lines, LABELS))}>
        <PlusIcon width={18} height={18} aria-hidden />
        {t(`add_${kind}`)}
      </button>
    </fieldset>
  );
}

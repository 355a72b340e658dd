import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type AdminPerson, CALLS_OUTSIDE, type CallsOutside } from "../api/administration";
import { Dialog } from "../ui/Dialog";
import styles from "./Admin.module.css";
import { useProof } from "./Proof";
import { refusalWords } from "./words";

interface Props {
  person: AdminPerson;
  onChanged: (person: AdminPerson) => void;
  onClose: () => void;
}

const FIELDS = ["name", "email", "department"] as const;

/** Changes a person's name, e-mail and department, and whom they may call outside. */
export function PersonEditor({ person, onChanged, onClose }: Props) {
  const { t } = useTranslation("admin");
  const [draft, setDraft] = useState({
    name: person.name,
    email: person.email,
    department: person.department,
    calls_outside: person.calls_outside,
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { dialog, proving } = useProof();
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      onChanged(await proving(() => administration.change(person.id, draft)));
      onClose();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  const actions = (
    <>
      <Button kind="secondary" onClick={onClose}>
        {t("cancel")}
      </Button>
      <Button type="submit" form="person-editor" disabled={busy}>
        {t("save")}
      </Button>
    </>
  );
  return (
    <>
      <Dialog title={t("edit_title", { name: person.name })} onClose={onClose} actions={actions}>
        <Form.Root id="person-editor" className={styles.form ?? ""} onSubmit={(event) => void save(event)}>
          {FIELDS.map((field) => (
            <Form.Field key={field} name={field}>
              <Form.Label>{t(`field_${field}`)}</Form.Label>
              <Form.TextControl
                value={draft[field]}
                maxLength={254}
                onChange={(event) => setDraft({ ...draft, [field]: event.currentTarget.value })}
              />
            </Form.Field>
          ))}
          <label className={styles.choice}>
            {t("field_calls_outside")}
            <select
              className={styles.input}
              value={draft.calls_outside}
              onChange={(event) =>
                setDraft({ ...draft, calls_outside: event.currentTarget.value as CallsOutside })
              }
            >
              {CALLS_OUTSIDE.map((each) => (
                <option key={each} value={each}>
                  {t(`calls_outside_${each}`)}
                </option>
              ))}
            </select>
          </label>
        </Form.Root>
        {error !== null && (
          <p className={styles.error} role="alert">
            {refusalWords(error)}
          </p>
        )}
      </Dialog>
      {dialog}
    </>
  );
}

import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type Invitation, type NewInvitation } from "../api/administration";
import { Dialog } from "../ui/Dialog";
import { LANGUAGES, language } from "../i18n/i18n";
import styles from "./Admin.module.css";
import { useProof } from "./Proof";
import { refusalWords } from "./words";

interface Props {
  onInvited: (invitation: Invitation) => void;
  onClose: () => void;
}

/** Sends somebody the mail with which they join. */
export function InviteDialog({ onInvited, onClose }: Props) {
  const { t } = useTranslation("admin");
  const { t: app } = useTranslation("app");
  const [draft, setDraft] = useState<NewInvitation>({
    name: "",
    email: "",
    role: "member",
    language: language(),
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { dialog, proving } = useProof();
  const incomplete = draft.name.trim() === "" || draft.email.trim() === "";
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (incomplete || busy) return;
    setBusy(true);
    try {
      onInvited(
        await proving(() =>
          administration.invite({ ...draft, name: draft.name.trim(), email: draft.email.trim() }),
        ),
      );
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
      <Button type="submit" form="invite" disabled={busy || incomplete}>
        {t("invite_send")}
      </Button>
    </>
  );
  return (
    <>
      <Dialog title={t("invite_title")} onClose={onClose} actions={actions}>
        <Form.Root id="invite" className={styles.form ?? ""} onSubmit={(event) => void send(event)}>
          {(["name", "email"] as const).map((field) => (
            <Form.Field key={field} name={field}>
              <Form.Label>{t(`field_${field}`)}</Form.Label>
              <Form.TextControl
                autoComplete="off"
                inputMode={field === "email" ? "email" : "text"}
                maxLength={254}
                value={draft[field]}
                onChange={(event) => setDraft({ ...draft, [field]: event.currentTarget.value })}
              />
            </Form.Field>
          ))}
          <label className={styles.choice}>
            {t("invite_language")}
            <select
              className={styles.input}
              value={draft.language}
              onChange={(event) =>
                setDraft({ ...draft, language: event.target.value as NewInvitation["language"] })
              }
            >
              {LANGUAGES.map((each) => (
                <option key={each} value={each}>
                  {app(`language_${each}`)}
                </option>
              ))}
            </select>
          </label>
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={draft.role === "administrator"}
              onChange={(event) =>
                setDraft({ ...draft, role: event.target.checked ? "administrator" : "member" })
              }
            />
            {t("administrator")}
          </label>
        </Form.Root>
        <p className={styles.about}>{t("invite_hint")}</p>
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

import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/Dialog";
import styles from "./Admin.module.css";
import { refusalWords } from "./words";

/** Sends what was typed; or says at once, in words, what is wrong with it. */
export type Send = () => Promise<unknown> | string;

export interface Editor {
  onSaved: () => void;
  onClose: () => void;
}

/** Saving what an editor holds: what is refused is said, and what was typed stays. */
export function useSaving(
  send: Send,
  { onSaved, onClose }: Editor,
): { busy: boolean; error: string | null; save: (event: FormEvent) => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const wait = async (sent: Promise<unknown>): Promise<void> => {
    setBusy(true);
    try {
      await sent;
      onSaved();
      onClose();
    } catch (refusal) {
      setError(refusalWords(refusal));
      setBusy(false);
    }
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const sent = send();
    if (typeof sent === "string") setError(sent);
    else void wait(sent);
  };
  return { busy, error, save };
}

/** What was refused, where it was typed. */
export function Refused({ error }: { error: string | null }) {
  if (error === null) return null;
  return (
    <p className={styles.error} role="alert">
      {error}
    </p>
  );
}

interface Props extends Editor {
  /** Of the form. */
  id: string;
  title: string;
  send: Send;
  children: ReactNode;
}

/** A form in a dialog, which is saved or left. */
export function EditorDialog({ id, title, send, onSaved, onClose, children }: Props) {
  const { t } = useTranslation("admin");
  const { busy, error, save } = useSaving(send, { onSaved, onClose });
  const actions = (
    <>
      <Button kind="secondary" onClick={onClose}>
        {t("cancel")}
      </Button>
      <Button type="submit" form={id} disabled={busy}>
        {t("save")}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} actions={actions}>
      <Form.Root id={id} className={styles.form ?? ""} onSubmit={save}>
        {children}
      </Form.Root>
      <Refused error={error} />
    </Dialog>
  );
}

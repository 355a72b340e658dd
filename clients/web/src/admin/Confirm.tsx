import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/Dialog";
import styles from "./Admin.module.css";
import { useProof } from "./Proof";
import { refusalWords } from "./words";

interface Props {
  title: string;
  text: string;
  /** The word on the button that does it. */
  action: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something that somebody would notice; a refusal is said where it was asked. */
export function Confirm({ title, text, action, onConfirm, onClose }: Props) {
  const { t } = useTranslation("admin");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { dialog, proving } = useProof();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await proving(onConfirm);
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
      <Button destructive disabled={busy} onClick={() => void confirm()}>
        {action}
      </Button>
    </>
  );
  return (
    <>
      <Dialog title={title} onClose={onClose} actions={actions}>
        <p>{text}</p>
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

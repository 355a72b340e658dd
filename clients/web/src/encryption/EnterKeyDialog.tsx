import { Button, Form } from "@vector-im/compound-web";
import type { MatrixClient } from "matrix-js-sdk";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { recover, RecoveryRefused } from "../matrix/live/crypto/recovery";
import { Dialog } from "../ui/Dialog";
import { toast } from "../ui/toasts";
import styles from "./Encryption.module.css";
import { KeyField } from "./RecoveryKeyDialog";

interface Props {
  client: MatrixClient;
  onClose: () => void;
  onLost: () => void;
}

/** The recovery key, on a device that is new: what was written before is read again. */
export function EnterKeyDialog({ client, onClose, onLost }: Props) {
  const { t } = useTranslation("encryption");
  const [typed, setTyped] = useState("");
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<"wrong_key" | "no_recovery" | "failed" | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRunning(true);
    setError(null);
    try {
      await recover(client, typed.trim());
      toast("success", t("recovered"));
      onClose();
    } catch (refused) {
      setError(refused instanceof RecoveryRefused ? refused.code : "failed");
      setRunning(false);
    }
  };
  return (
    <Dialog title={t("enter_title")} onClose={onClose}>
      <Form.Root className={styles.body} onSubmit={(event) => void submit(event)}>
        <p>{t("enter_lead")}</p>
        <KeyField
          value={typed}
          onChange={(value) => {
            setTyped(value);
            setError(null);
          }}
        />
        <div role="alert">{error && <p className={styles.error}>{t(error)}</p>}</div>
        <div className={styles.foot}>
          <Button type="button" kind="tertiary" onClick={onLost}>
            {t("lost")}
          </Button>
          <Button type="submit" disabled={!typed.trim() || running}>
            {t("enter")}
          </Button>
        </div>
      </Form.Root>
    </Dialog>
  );
}

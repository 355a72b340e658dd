import { Button, Form } from "@vector-im/compound-web";
import CopyIcon from "@vector-im/compound-design-tokens/assets/web/icons/copy";
import DocumentIcon from "@vector-im/compound-design-tokens/assets/web/icons/document";
import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import type { MatrixClient } from "matrix-js-sdk";
import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { newRecoveryKey, sameKey, type NewRecoveryKey } from "../matrix/live/crypto/recovery";
import { Dialog } from "../ui/Dialog";
import { toast } from "../ui/toasts";
import styles from "./Encryption.module.css";

interface Props {
  client: MatrixClient;
  onClose: () => void;
}

/** A recovery key, shown this once, and asked for again: only a key that is kept is put in force. */
export function RecoveryKeyDialog({ client, onClose }: Props) {
  const { t } = useTranslation("encryption");
  const [made, setMade] = useState<NewRecoveryKey | null>(null);
  const [step, setStep] = useState<"show" | "prove">("show");
  useEffect(() => {
    let gone = false;
    newRecoveryKey(client).then(
      (key) => !gone && setMade(key),
      () => toast("error", t("failed")),
    );
    return () => {
      gone = true;
    };
  }, [client, t]);
  return (
    <Dialog title={t(step === "show" ? "key_title" : "key_prove_title")} onClose={onClose}>
      {step === "show" ? (
        <Shown words={made?.words ?? ""} onNext={() => setStep("prove")} />
      ) : (
        made && <Prove made={made} onBack={() => setStep("show")} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Shown({ words, onNext }: { words: string; onNext: () => void }) {
  const { t } = useTranslation("encryption");
  const copy = (): void => {
    navigator.clipboard.writeText(words).then(
      () => toast("success", t("key_copied")),
      () => toast("error", t("key_not_copied")),
    );
  };
  return (
    <div className={styles.body}>
      <p>{t("key_lead")}</p>
      <div className={styles.sheet}>
        <h2 className={styles.printTitle}>{t("key_print_title")}</h2>
        <output className={styles.key} aria-label={t("key_yours")} data-testid="recovery-key">
          {words}
        </output>
      </div>
      <div className={styles.buttons}>
        <Button kind="secondary" size="md" Icon={CopyIcon} disabled={!words} onClick={copy}>
          {t("key_copy")}
        </Button>
        <Button
          kind="secondary"
          size="md"
          Icon={DownloadIcon}
          disabled={!words}
          onClick={() => download(words, t("key_print_title"))}
        >
          {t("key_download")}
        </Button>
        <Button
          kind="secondary"
          size="md"
          Icon={DocumentIcon}
          disabled={!words}
          onClick={() => window.print()}
        >
          {t("key_print")}
        </Button>
      </div>
      <Button disabled={!words} onClick={onNext}>
        {t("key_kept")}
      </Button>
    </div>
  );
}

interface ProveProps {
  made: NewRecoveryKey;
  onBack: () => void;
  onClose: () => void;
}

function Prove({ made, onBack, onClose }: ProveProps) {
  const { t } = useTranslation("encryption");
  const [typed, setTyped] = useState("");
  const [state, setState] = useState<"open" | "running" | "wrong" | "failed">("open");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!sameKey(typed, made.words)) {
      setState("wrong");
      return;
    }
    setState("running");
    made.keep().then(
      () => {
        toast("success", t("key_in_force"));
        onClose();
      },
      () => setState("failed"),
    );
  };
  return (
    <Form.Root className={styles.body} onSubmit={submit}>
      <p>{t("key_prove_lead")}</p>
      <KeyField
        value={typed}
        onChange={(value) => {
          setTyped(value);
          setState("open");
        }}
      />
      <div role="alert">
        {state === "wrong" && <p className={styles.error}>{t("key_differs")}</p>}
        {state === "failed" && <p className={styles.error}>{t("failed")}</p>}
      </div>
      <div className={styles.foot}>
        <Button type="button" kind="secondary" onClick={onBack}>
          {t("key_back")}
        </Button>
        <Button type="submit" disabled={!typed.trim() || state === "running"}>
          {t("key_finish")}
        </Button>
      </div>
    </Form.Root>
  );
}

export function KeyField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation("encryption");
  return (
    <Form.Field name="key">
      <Form.Label>{t("key_field")}</Form.Label>
      <Form.TextControl
        autoFocus
        required
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={1_000}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </Form.Field>
  );
}

function download(words: string, title: string): void {
  const address = URL.createObjectURL(new Blob([`${title}\n\n${words}\n`], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "unisono-recovery-key.txt";
  link.click();
  // The browser reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

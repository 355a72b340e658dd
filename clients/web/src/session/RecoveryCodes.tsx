import { Button, Form } from "@vector-im/compound-web";
import CopyIcon from "@vector-im/compound-design-tokens/assets/web/icons/copy";
import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import DocumentIcon from "@vector-im/compound-design-tokens/assets/web/icons/document";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "../ui/toasts";
import door from "./Door.module.css";
import styles from "./RecoveryCodes.module.css";

interface Props {
  codes: readonly string[];
  running?: boolean;
  /** Words for what went wrong after "Continue". */
  error?: string | null;
  onDone: () => void;
}

/** Ten codes, shown this once: copied, saved or printed, and only then left. */
export function RecoveryCodes({ codes, running = false, error = null, onDone }: Props) {
  const { t } = useTranslation("session");
  const [kept, setKept] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(codes.join("\n")).then(
      () => toast("success", t("codes_copied")),
      () => toast("error", t("codes_not_copied")),
    );
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (kept) onDone();
  };
  return (
    <>
      <div className={styles.sheet}>
        <h2 className={styles.printTitle}>{t("codes_print_title")}</h2>
        <ol role="list" className={styles.codes} aria-label={t("codes_title")}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
      </div>
      <div className={styles.actions}>
        <Button type="button" kind="secondary" size="md" Icon={CopyIcon} onClick={copy}>
          {t("codes_copy")}
        </Button>
        <Button
          type="button"
          kind="secondary"
          size="md"
          Icon={DownloadIcon}
          onClick={() => download(codes, t("codes_print_title"))}
        >
          {t("codes_download")}
        </Button>
        <Button type="button" kind="secondary" size="md" Icon={DocumentIcon} onClick={() => window.print()}>
          {t("codes_print")}
        </Button>
      </div>
      <Form.Root className={door.form} onSubmit={submit}>
        <Form.InlineField
          name="kept"
          control={
            <Form.CheckboxControl checked={kept} onChange={(event) => setKept(event.target.checked)} />
          }
        >
          <Form.Label>{t("codes_kept")}</Form.Label>
        </Form.InlineField>
        <div role="alert">{error && <p className={door.error}>{error}</p>}</div>
        <Button type="submit" disabled={!kept || running}>
          {t("continue")}
        </Button>
      </Form.Root>
    </>
  );
}

function download(codes: readonly string[], title: string): void {
  const address = URL.createObjectURL(
    new Blob([`${title}\n\n${codes.join("\n")}\n`], { type: "text/plain" }),
  );
  const link = document.createElement("a");
  link.href = address;
  link.download = "unisono-recovery-codes.txt";
  link.click();
  // The browser reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

import { Button } from "@vector-im/compound-web";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import { type Book, type ImportReport, phonebooks } from "../../api/phonebooks";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/toasts";
import styles from "./ImportDialog.module.css";
import { ImportPreview } from "./ImportPreview";

interface Props {
  book: Book;
  onImported: () => void;
  onClose: () => void;
}

interface Chosen {
  file: File;
  /** Null while the server reads it. */
  report: ImportReport | null;
}

/** Reads a CSV or vCard file in, after showing what that would do and what is wrong on which line. */
export function ImportDialog({ book, onImported, onClose }: Props) {
  const { t } = useTranslation("contacts/phonebook");
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const read = async (file: File): Promise<void> => {
    setError(null);
    setChosen({ file, report: null });
    try {
      const report = await phonebooks.preview(book, file);
      setChosen({ file, report });
    } catch (refusal) {
      setChosen(null);
      setError(refusal);
    }
  };
  const commit = async ({ file }: Chosen): Promise<void> => {
    setBusy(true);
    try {
      const { count } = await phonebooks.readIn(book, file);
      toast("success", t("imported", { count }));
      onImported();
      onClose();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  const count = chosen?.report?.count ?? 0;
  const actions = chosen?.report && (
    <>
      <Button kind="secondary" onClick={() => setChosen(null)} disabled={busy}>
        {t("other_file")}
      </Button>
      <Button onClick={() => void commit(chosen)} disabled={busy || count === 0}>
        {t("import_count", { count })}
      </Button>
    </>
  );
  return (
    <Dialog title={t(`import_title_${book}`)} onClose={onClose} actions={actions}>
      {chosen?.report ? (
        <ImportPreview fileName={chosen.file.name} report={chosen.report} />
      ) : (
        <FileDrop reading={chosen?.file.name ?? null} onFile={(file) => void read(file)} />
      )}
      {error !== null && (
        <p className={styles.error} role="alert">
          {errorWords(error)}
        </p>
      )}
    </Dialog>
  );
}

interface FileDropProps {
  /** The file that is being read. */
  reading: string | null;
  onFile: (file: File) => void;
}

function FileDrop({ reading, onFile }: FileDropProps) {
  const { t } = useTranslation("contacts/phonebook");
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <div
      className={styles.drop}
      role="group"
      aria-label={t("import")}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <p>{t("import_hint")}</p>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        tabIndex={-1}
        aria-label={t("choose_file")}
        accept=".csv,.vcf,.txt,text/csv,text/vcard"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
        }}
      />
      <Button kind="secondary" size="md" disabled={reading !== null} onClick={() => input.current?.click()}>
        {t("choose_file")}
      </Button>
      <p role="status" className={styles.small}>
        {reading === null ? t("import_drop") : t("import_reading", { file: reading })}
      </p>
    </div>
  );
}

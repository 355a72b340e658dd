import { Menu, MenuItem } from "@vector-im/compound-web";
import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import ImportIcon from "@vector-im/compound-design-tokens/assets/web/icons/document";
import MoreIcon from "@vector-im/compound-design-tokens/assets/web/icons/overflow-horizontal";
import PlusIcon from "@vector-im/compound-design-tokens/assets/web/icons/plus";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Book, type Contact, type ExportFormat, phonebooks } from "../../api/phonebooks";
import styles from "./BookToolbar.module.css";
import { ContactEditor } from "./ContactEditor";
import { ImportDialog } from "./ImportDialog";

interface Props {
  book: Book;
  /** Everybody may take the company's phonebook as a file, not everybody write into it. */
  writable: boolean;
  onAdded: (contact: Contact) => void;
  onImported: () => void;
}

/** What can be done with a phonebook as a whole. */
export function BookToolbar({ book, writable, onAdded, onImported }: Props) {
  const { t } = useTranslation("contacts/phonebook");
  const [task, setTask] = useState<"add" | "import" | null>(null);
  const [open, setOpen] = useState(false);
  const done = (): void => setTask(null);
  return (
    <div className={styles.toolbar}>
      {writable && (
        <button type="button" className={styles.button} onClick={() => setTask("add")}>
          <PlusIcon width={20} height={20} aria-hidden />
          {t("add")}
        </button>
      )}
      <Menu
        title={t("file_menu")}
        showTitle={false}
        open={open}
        onOpenChange={setOpen}
        align="end"
        trigger={
          <button type="button" className={styles.button} aria-label={t("file_menu")} title={t("file_menu")}>
            <MoreIcon width={20} height={20} aria-hidden />
          </button>
        }
      >
        {writable && (
          <MenuItem Icon={ImportIcon} label={t("import")} hideChevron onSelect={() => setTask("import")} />
        )}
        <MenuItem
          Icon={DownloadIcon}
          label={t("export_csv")}
          hideChevron
          onSelect={() => download(book, "csv")}
        />
        <MenuItem
          Icon={DownloadIcon}
          label={t("export_vcard")}
          hideChevron
          onSelect={() => download(book, "vcard")}
        />
      </Menu>
      {task === "add" && <ContactEditor book={book} contact={null} onSaved={onAdded} onClose={done} />}
      {task === "import" && <ImportDialog book={book} onImported={onImported} onClose={done} />}
    </div>
  );
}

function download(book: Book, format: ExportFormat): void {
  const link = document.createElement("a");
  link.href = phonebooks.exportUrl(book, format);
  link.download = "";
  link.click();
}

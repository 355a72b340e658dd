import { useState, type DragEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./DropZone.module.css";

interface Props {
  name: string;
  onFiles: (files: File[]) => void;
  children: ReactNode;
}

/** Takes files that are dropped on the conversation; the button of the composer does the same by keyboard. */
export function DropZone({ name, onFiles, children }: Props) {
  const { t } = useTranslation("chat");
  const [over, setOver] = useState(false);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes("Files");
  return (
    <div
      className={styles.zone}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over && <div className={styles.over}>{t("drop", { name })}</div>}
    </div>
  );
}

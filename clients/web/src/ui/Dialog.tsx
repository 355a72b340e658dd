import { Heading, IconButton } from "@vector-im/compound-web";
import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Dialog.module.css";
import { useModalWindow } from "./OnTop";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the foot, the main one last. */
  actions?: ReactNode;
}

/** A modal window of its own; Escape, the cross and the backdrop close it. On a phone it is a sheet. */
export function Dialog({ title, onClose, children, actions }: Props) {
  const { t } = useTranslation();
  const titleId = useId();
  const ref = useRef<HTMLDialogElement>(null);
  useModalWindow(ref);
  useEffect(() => {
    // Of itself a modal window puts the focus on its first button, the cross.
    ref.current
      ?.querySelector<HTMLElement>("input:not([type=file], :disabled), textarea:not([readonly])")
      ?.focus();
  }, []);
  return (
    // A press on the backdrop lands on the dialog element itself; the keyboard has Escape.
    <dialog
      ref={ref}
      className={styles.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === ref.current && onClose()}
    >
      <div className={styles.sheet}>
        <header className={styles.head}>
          <Heading as="h2" id={titleId} size="sm" weight="semibold">
            {title}
          </Heading>
          <IconButton aria-label={t("close")} onClick={onClose}>
            <CloseIcon />
          </IconButton>
        </header>
        <div className={styles.body}>{children}</div>
        {actions && <footer className={styles.actions}>{actions}</footer>}
      </div>
    </dialog>
  );
}

import FilterIcon from "@vector-im/compound-design-tokens/assets/web/icons/filter";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./FilterBar.module.css";

interface Props {
  /** What is always in sight: the field for words. */
  field: ReactNode;
  /** How many filters narrow the list now. */
  count: number;
  onReset: () => void;
  /** Beside the field. */
  more?: ReactNode;
  /** The filters. */
  children: ReactNode;
}

/** Narrows a list: by words, and behind a button by whatever else. */
export function FilterBar({ field, count, onReset, more, children }: Props) {
  const { t } = useTranslation("ui");
  const [open, setOpen] = useState(false);
  const panel = useId();
  return (
    <div className={styles.bar}>
      <div className={styles.line}>
        {field}
        <button
          type="button"
          className={styles.toggle}
          aria-expanded={open}
          aria-controls={panel}
          data-active={count > 0 || undefined}
          onClick={() => setOpen(!open)}
        >
          <FilterIcon width={20} height={20} aria-hidden />
          <span>{count > 0 ? t("filters_active", { count }) : t("filters")}</span>
        </button>
        {more}
      </div>
      <div id={panel} className={styles.panel} hidden={!open} role="group" aria-label={t("filters")}>
        {children}
        {count > 0 && (
          <button type="button" className={styles.reset} onClick={onReset}>
            {t("filters_reset")}
          </button>
        )}
      </div>
    </div>
  );
}

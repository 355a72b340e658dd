import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import FilterIcon from "@vector-im/compound-design-tokens/assets/web/icons/filter";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { RoundButton } from "../ui/RoundButton";
import { SearchField } from "../ui/SearchField";
import styles from "./ChoiceBar.module.css";
import { askedBy, type Choice, EVERYTHING, exportUrl, KINDS, narrowing, PERIODS, WHERES } from "./choice";

interface Props {
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** Narrows the log: by words or a number, and behind a button by direction, place and time. */
export function ChoiceBar({ choice, onChange }: Props) {
  const { t } = useTranslation("calllog");
  const [open, setOpen] = useState(false);
  const panel = useId();
  const count = narrowing(choice);
  return (
    <div className={styles.bar}>
      <div className={styles.line}>
        <SearchField
          label={t("search")}
          value={choice.words}
          onChange={(words) => onChange({ ...choice, words })}
        />
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
        <RoundButton Icon={DownloadIcon} label={t("export")} kind="quiet" onClick={() => download(choice)} />
      </div>
      <div id={panel} className={styles.panel} hidden={!open} role="group" aria-label={t("filters")}>
        <Select
          label={t("kind")}
          values={KINDS}
          value={choice.kind}
          words={(each) => t(`kind_${each}`)}
          onChoose={(kind) => onChange({ ...choice, kind })}
        />
        <Select
          label={t("where")}
          values={WHERES}
          value={choice.where}
          words={(each) => t(`where_${each}`)}
          onChoose={(where) => onChange({ ...choice, where })}
        />
        <Select
          label={t("period")}
          values={PERIODS}
          value={choice.period}
          words={(each) => t(`period_${each}`)}
          onChoose={(period) => onChange({ ...choice, period })}
        />
        {choice.period === "dates" && (
          <>
            <Day label={t("from")} value={choice.from} onChoose={(from) => onChange({ ...choice, from })} />
            <Day label={t("to")} value={choice.to} onChoose={(to) => onChange({ ...choice, to })} />
          </>
        )}
        {count > 0 && (
          <button
            type="button"
            className={styles.reset}
            onClick={() => onChange({ ...EVERYTHING, words: choice.words })}
          >
            {t("filters_reset")}
          </button>
        )}
      </div>
    </div>
  );
}

/** The calls that are shown, as a file. */
function download(choice: Choice): void {
  const link = document.createElement("a");
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  link.href = exportUrl(askedBy(choice, new Date()), timeZone);
  link.download = "";
  link.click();
}

interface SelectProps<T extends string> {
  label: string;
  values: readonly T[];
  value: T;
  words: (value: T) => string;
  onChoose: (value: T) => void;
}

function Select<T extends string>({ label, values, value, words, onChoose }: SelectProps<T>) {
  return (
    <label className={styles.choice}>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value as T)}>
        {values.map((each) => (
          <option key={each} value={each}>
            {words(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Day({ label, value, onChoose }: { label: string; value: string; onChoose: (day: string) => void }) {
  return (
    <label className={styles.choice}>
      <span>{label}</span>
      <input type="date" value={value} onChange={(event) => onChoose(event.currentTarget.value)} />
    </label>
  );
}

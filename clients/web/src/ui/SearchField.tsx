import SearchIcon from "@vector-im/compound-design-tokens/assets/web/icons/search";
import type { KeyboardEvent } from "react";
import styles from "./SearchField.module.css";

interface Props {
  /** What is searched: label and placeholder. */
  label: string;
  value: string;
  onChange: (value: string) => void;
  onEnter?: () => void;
}

/** A field that narrows the list under it; Escape empties it. (Compound's Search is a form of its own.) */
export function SearchField({ label, value, onChange, onEnter }: Props) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && onEnter) {
      event.preventDefault();
      onEnter();
    } else if (event.key === "Escape" && value !== "") {
      // Neither the dialog around it nor anything else is to close.
      event.preventDefault();
      event.stopPropagation();
      onChange("");
    }
  };
  return (
    <label className={styles.field}>
      <SearchIcon width={20} height={20} aria-hidden />
      <input
        type="search"
        placeholder={label}
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        autoComplete="off"
        spellCheck={false}
      />
    </label>
  );
}

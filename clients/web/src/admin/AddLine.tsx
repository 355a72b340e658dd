import { Button } from "@vector-im/compound-web";
import { type FormEvent, useId, useState } from "react";
import styles from "./Admin.module.css";
import { refusalWords } from "./words";

interface Props {
  label: string;
  action: string;
  inputMode: "numeric" | "tel";
  /** Gives what was typed; a refusal is said below the field, and what was typed stays. */
  onAdd: (value: string) => Promise<void>;
}

/** One field and a button that adds what is typed there. */
export function AddLine({ label, action, inputMode, onAdd }: Props) {
  const id = useId();
  const [value, setValue] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy || value.trim() === "") return;
    setBusy(true);
    setError(null);
    try {
      await onAdd(value.trim());
      setValue("");
    } catch (refusal) {
      setError(refusal);
    }
    setBusy(false);
  };
  return (
    <form className={styles.add} onSubmit={(event) => void submit(event)}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.addRow}>
        <input
          id={id}
          className={styles.input}
          inputMode={inputMode}
          autoComplete="off"
          maxLength={40}
          value={value}
          aria-invalid={error !== null || undefined}
          aria-describedby={error === null ? undefined : `${id}-error`}
          onChange={(event) => setValue(event.target.value)}
        />
        <Button type="submit" kind="secondary" size="md" disabled={busy || value.trim() === ""}>
          {action}
        </Button>
      </div>
      {error !== null && (
        <p id={`${id}-error`} className={styles.error} role="alert">
          {refusalWords(error)}
        </p>
      )}
    </form>
  );
}

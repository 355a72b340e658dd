import styles from "./choices.module.css";

interface SelectProps<T extends string> {
  label: string;
  values: readonly T[];
  value: T;
  words: (value: T) => string;
  onChoose: (value: T) => void;
}

/** One of few values, with a name above it. */
export function SelectChoice<T extends string>({ label, values, value, words, onChoose }: SelectProps<T>) {
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

/** A day, or none (""). */
export function DayChoice({
  label,
  value,
  onChoose,
}: {
  label: string;
  value: string;
  onChoose: (day: string) => void;
}) {
  return (
    <label className={styles.choice}>
      <span>{label}</span>
      <input type="date" value={value} onChange={(event) => onChoose(event.currentTarget.value)} />
    </label>
  );
}

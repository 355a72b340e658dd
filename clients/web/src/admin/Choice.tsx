import styles from "./Admin.module.css";

interface ChoiceProps<T extends string> {
  label: string;
  values: readonly T[];
  value: T;
  words: (value: T) => string;
  onChoose: (value: T) => void;
}

/** One of several, with its label. */
export function Choice<T extends string>({ label, values, value, words, onChoose }: ChoiceProps<T>) {
  return (
    <label className={styles.choice}>
      {label}
      <select className={styles.input} value={value} onChange={(event) => onChoose(event.target.value as T)}>
        {values.map((each) => (
          <option key={each} value={each}>
            {words(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

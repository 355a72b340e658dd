import styles from "./Segments.module.css";

interface Props<T extends string> {
  label: string;
  values: readonly T[];
  value: T;
  words: (value: T) => string;
  onChoose: (value: T) => void;
}

/** One of a few views of the same list, side by side. */
export function Segments<T extends string>({ label, values, value, words, onChoose }: Props<T>) {
  return (
    <div className={styles.segments} role="group" aria-label={label}>
      {values.map((each) => (
        <button
          key={each}
          type="button"
          className={styles.segment}
          aria-pressed={each === value}
          onClick={() => onChoose(each)}
        >
          {words(each)}
        </button>
      ))}
    </div>
  );
}

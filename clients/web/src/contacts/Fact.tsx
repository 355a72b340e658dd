import { dial } from "../calls/place";
import styles from "./ContactCard.module.css";
import { useNumberFormat } from "../numbers/numberFormat";

interface Props {
  label: string;
  value: string;
  /** How the value is written, when not as it is. */
  shown?: string;
  number?: boolean;
}

/** A number to call or an address to write to, with what it is. */
export function Fact({ label, value, shown, number = false }: Props) {
  const format = useNumberFormat();
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd>
        {number ? (
          <button type="button" className={styles.link} onClick={() => void dial(value)}>
            {shown ?? format(value)}
          </button>
        ) : (
          <a className={styles.link} href={`mailto:${value}`}>
            {shown ?? value}
          </a>
        )}
      </dd>
    </div>
  );
}

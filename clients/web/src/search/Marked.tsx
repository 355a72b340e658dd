import { pieces } from "./question";
import styles from "./Search.module.css";

/** A text in which what was looked for stands out. */
export function Marked({ text, matches }: { text: string; matches: readonly (readonly [number, number])[] }) {
  return (
    <>
      {pieces(text, matches).map((piece) =>
        piece.found ? (
          <mark key={piece.at} className={styles.mark}>
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { judge, loadEstimator, type Estimate, type Strength } from "./strength";
import styles from "./StrengthHint.module.css";

type Estimator = (password: string, words: string[]) => Estimate;

interface Props {
  id: string;
  password: string;
  words: string[];
}

/** How strong a password is, in words and as a bar of four. */
export function StrengthHint({ id, password, words }: Props) {
  const { t } = useTranslation("signup");
  const strength = useStrength(password, words);
  const say = (): string => {
    switch (strength.level) {
      case "empty":
        return t("strength_empty");
      case "short":
        return t("strength_short", { count: strength.missing });
      case "weak":
        return t(`strength_weak_${strength.why}`);
      default:
        return t(`strength_${strength.level}`);
    }
  };
  return (
    <div className={styles.strength} data-level={strength.level}>
      <div className={styles.bar} aria-hidden>
        <span />
        <span />
        <span />
        <span />
      </div>
      <p id={id} aria-live="polite">
        {say()}
      </p>
    </div>
  );
}

function useStrength(password: string, words: string[]): Strength {
  const [estimator, setEstimator] = useState<Estimator | null>(null);
  useEffect(() => {
    // Without it only the length is judged here, and the rest by the server.
    loadEstimator().then(
      (loaded) => setEstimator(() => loaded),
      () => undefined,
    );
  }, []);
  return judge(password, estimator ? estimator(password, words) : { score: 3, sequence: [] });
}

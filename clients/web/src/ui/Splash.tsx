import { Logo } from "./Logo";
import styles from "./Splash.module.css";

/** Shown for the instant in which the shell's code is fetched. */
export function Splash() {
  return (
    <div className={styles.splash} aria-busy="true">
      <Logo size={56} />
    </div>
  );
}

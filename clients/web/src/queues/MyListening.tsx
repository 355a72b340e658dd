import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { LISTEN_MODES } from "../api/queues";
import { endListening, type Listening, listenOtherwise } from "./listening";
import styles from "./Queues.module.css";

/** The agent's call that I am in as a supervisor, and who hears me there. */
export function MyListening({ call }: { call: Listening }) {
  const { t } = useTranslation("queues");
  const { agent, mode, here } = call.listens;
  const { name } = agent;
  return (
    <section className={styles.duty} aria-label={t("listening_to", { name })} data-testid="my-listening">
      <div className={styles.listening}>
        <p className={styles.sentence} role="status">
          {here ? t("listening_to", { name }) : t("listening_rings", { name })}
        </p>
        <p className={styles.quiet}>
          {here && `${t(`mode_${mode}_hint`, { name })} `}
          {t("listening_keys")}
        </p>
      </div>
      <div className={styles.actions}>
        {here && (
          <div className={styles.actions} role="group" aria-label={t("mode")}>
            {LISTEN_MODES.map((each) => (
              <Button
                key={each}
                size="md"
                kind={each === mode ? "primary" : "secondary"}
                aria-pressed={each === mode}
                onClick={() => void listenOtherwise(call.call_id, each)}
              >
                {t(`mode_${each}`)}
              </Button>
            ))}
          </div>
        )}
        <Button kind="tertiary" size="md" destructive onClick={() => void endListening(call.call_id)}>
          {t("listening_end")}
        </Button>
      </div>
    </section>
  );
}

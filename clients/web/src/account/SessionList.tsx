import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { accounts, type AccountSession } from "../api/accounts";
import { errorWords } from "../api/errors";
import { toast } from "../ui/toasts";
import { useEndingOther } from "../meetings/links/lastKeys";
import { useMe } from "../session/session";
import { browserWords, momentWords } from "../session/words";
import { NotYet } from "./NotYet";
import styles from "../ui/Settings.module.css";
import { useLoaded } from "./useAccount";

/** Where I am signed in: this browser, my telephone, other Matrix clients. */
export function SessionList() {
  const { t } = useTranslation("account");
  const loaded = useLoaded(accounts.sessions);
  const ending = useEndingOther(useMe().user_id);
  const end = (session: AccountSession): void => {
    accounts.endSession(session.id).then(
      () => {
        toast("success", t("session_ended"));
        loaded.load();
      },
      (error: unknown) => toast("error", errorWords(error)),
    );
  };
  return (
    <section className={styles.section}>
      <h2>{t("sessions")}</h2>
      {!loaded.value && <NotYet loaded={loaded} />}
      <ul role="list" className={styles.list}>
        {loaded.value?.sessions.map((session) => (
          <li key={session.id} className={styles.row}>
            <div className={styles.grow}>
              <b>{capital(browserWords(session.browser))}</b>
              <span className={styles.hint}>
                {[
                  t(`session_${session.layout ?? "other"}`),
                  t("since", { moment: momentWords(session.created_at) }),
                  session.address,
                ]
                  .filter((part) => part !== "")
                  .join(" · ")}
              </span>
            </div>
            {session.current ? (
              <span className={styles.badge}>{t("session_this")}</span>
            ) : (
              <Button
                kind="secondary"
                size="md"
                aria-label={t("session_end_of", { browser: browserWords(session.browser) })}
                onClick={() => void ending.ask(() => end(session))}
              >
                {t("session_end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {ending.dialog}
    </section>
  );
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

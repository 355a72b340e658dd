import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { navigate, paths, useRoute } from "../routes/routes";
import { useStore } from "../state/store";
import { Segments } from "../ui/Segments";
import { mailbox, unheard } from "../voicemail/mailbox";
import { VoicemailPanel } from "../voicemail/VoicemailPanel";
import { CallList } from "./CallList";
import styles from "./CallLogPage.module.css";
import { callLog, loadOlder, markSeen } from "./log";
import { isMissed } from "../calls/outcome";

const VIEWS = ["all", "missed", "voicemail"] as const;
type View = (typeof VIEWS)[number];

/** Calls made, received and missed, and what was left on the voicemail: the same on every device of a person. */
export function CallLogPage() {
  const { t } = useTranslation("calllog");
  const { status, calls, next, loadingMore } = useStore(callLog);
  const [filter, setFilter] = useState<"all" | "missed">("all");
  const view: View = useRoute().page === "voicemail" ? "voicemail" : filter;
  const fresh = unheard(useStore(mailbox));
  const choose = (chosen: View): void => {
    if (chosen !== "voicemail") setFilter(chosen);
    navigate(chosen === "voicemail" ? paths.voicemail : paths.calls);
  };
  const shown = filter === "missed" ? calls.filter(isMissed) : calls;
  // Whoever looks at the list has seen what was missed, also what comes while they look.
  useEffect(() => {
    if (view !== "voicemail") markSeen();
  }, [calls, view]);
  return (
    <section className={styles.page} aria-labelledby="calllog-title">
      <header className={styles.head}>
        <h1 id="calllog-title" className={styles.title}>
          {t("title")}
        </h1>
        <Segments
          label={t("title")}
          values={VIEWS}
          value={view}
          words={(each) =>
            each === "voicemail" && fresh > 0 ? t("voicemail_new", { count: fresh }) : t(each)
          }
          onChoose={choose}
        />
      </header>
      {view === "voicemail" ? (
        <VoicemailPanel />
      ) : (
        <CallList status={status} calls={shown} missed={view === "missed"} heading="h2" />
      )}
      {view !== "voicemail" && status === "ready" && next !== null && (
        <div className={styles.more}>
          <Button kind="tertiary" size="md" disabled={loadingMore} onClick={() => void loadOlder()}>
            {t("more")}
          </Button>
        </div>
      )}
    </section>
  );
}

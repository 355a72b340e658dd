import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { CallBackLines } from "../callbacks/CallBackLines";
import { navigate, paths, useRoute } from "../routes/routes";
import { mayHear, recordings } from "../calls/recording/recordings";
import { boards } from "../queues/queues";
import { QueuesPanel } from "../queues/QueuesPanel";
import { RecordingsPanel } from "../recordings/RecordingsPanel";
import { useStore } from "../state/store";
import { Segments } from "../ui/Segments";
import { mailbox, unheard } from "../voicemail/mailbox";
import { VoicemailPanel } from "../voicemail/VoicemailPanel";
import { CallList } from "./CallList";
import styles from "./CallLogPage.module.css";
import { askedBy, type Choice, EVERYTHING } from "./choice";
import { ChoiceBar } from "./ChoiceBar";
import { callLog, findCalls, foundCalls, loadOlder, markSeen } from "../calls/log";

const VIEWS = ["all", "missed", "voicemail", "recordings", "queues"] as const;
type View = (typeof VIEWS)[number];
const PAGES = {
  all: paths.calls,
  missed: paths.calls,
  voicemail: paths.voicemail,
  recordings: paths.recordings,
  queues: paths.queues,
};
/** So long after the last key a search begins, in ms. */
const TYPED_MS = 200;

/** Calls made, received and missed, and what was left on the voicemail: the same on every device of a person. */
export function CallLogPage() {
  const { t } = useTranslation("calllog");
  const all = useStore(callLog);
  const [choice, setChoice] = useState<Choice>(EVERYTHING);
  const { status, calls, next, loadingMore } = useFound(choice) ?? all;
  const missed = choice.kind === "missed";
  const { page } = useRoute();
  const beside = page === "voicemail" || page === "recordings" || page === "queues";
  const view: View = beside ? page : missed ? "missed" : "all";
  const heard = mayHear(useStore(recordings)) || view === "recordings";
  const answers = (useStore(boards)?.queues.length ?? 0) > 0 || view === "queues";
  const fresh = unheard(useStore(mailbox));
  const choose = (chosen: View): void => {
    if (PAGES[chosen] === paths.calls) setChoice({ ...choice, kind: chosen === "missed" ? "missed" : "any" });
    navigate(PAGES[chosen]);
  };
  // Whoever looks at the list has seen what was missed, also what comes while they look.
  useEffect(() => {
    if (!beside) void markSeen();
  }, [all.calls, beside]);
  const others = choice.where !== "any" || choice.period !== "any" || choice.words.trim() !== "";
  return (
    <section className={styles.page} aria-labelledby="calllog-title">
      <header className={styles.head}>
        <div className={styles.line}>
          <h1 id="calllog-title" className={styles.title}>
            {t("title")}
          </h1>
          <Segments
            label={t("title")}
            values={VIEWS.filter(
              (each) => (each !== "recordings" || heard) && (each !== "queues" || answers),
            )}
            value={view}
            words={(each) =>
              each === "voicemail" && fresh > 0 ? t("voicemail_new", { count: fresh }) : t(each)
            }
            onChoose={choose}
          />
        </div>
        {!beside && <ChoiceBar choice={choice} onChange={setChoice} />}
      </header>
      {view !== "voicemail" && <CallBackLines />}
      {view === "voicemail" ? (
        <VoicemailPanel />
      ) : view === "recordings" ? (
        <RecordingsPanel />
      ) : view === "queues" ? (
        <QueuesPanel />
      ) : (
        <CallList
          status={status}
          calls={calls}
          none={others || (choice.kind !== "any" && !missed) ? "found" : missed ? "missed" : "any"}
          heading="h2"
          menu
        />
      )}
      {!beside && status === "ready" && next !== null && (
        <div className={styles.more}>
          <Button kind="tertiary" size="md" disabled={loadingMore} onClick={() => void loadOlder()}>
            {t("more")}
          </Button>
        </div>
      )}
    </section>
  );
}

/** The calls that were chosen, asked for when the person has stopped typing; null when all are meant. */
function useFound(choice: Choice): ReturnType<typeof foundCalls.get> {
  const found = useStore(foundCalls);
  useEffect(() => {
    const ask = (): void => void findCalls(askedBy(choice, new Date()));
    const timer = setTimeout(ask, choice.words === "" ? 0 : TYPED_MS);
    return () => clearTimeout(timer);
  }, [choice]);
  useEffect(() => () => void findCalls(null), []);
  return found;
}

import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Agent, type QueueBoard, type QueueCaller, queuesApi } from "../api/queues";
import { liveCalls } from "../calls/control/live";
import { formatDuration } from "../calls/duration";
import { useStore } from "../state/store";
import { PageSkeleton } from "../ui/PageSkeleton";
import { listenings, listenTo } from "./listening";
import { MyDuty } from "./MyDuty";
import { MyListening } from "./MyListening";
import { QueueDays } from "./QueueDays";
import { boards, loadBoards } from "./queues";
import styles from "./Queues.module.css";

/** Whoever only looks on is told of changes by nobody. */
const LOOK_MS = 5_000;

/** Who waits, who answers, and how the day goes. */
export function QueuesPanel() {
  const { t } = useTranslation("queues");
  const state = useStore(boards);
  const heard = listenings(useStore(liveCalls));
  const now = useServerNow(state ? state.now - state.at : 0);
  useEffect(() => {
    const timer = setInterval(() => void loadBoards(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  if (state === null) return <PageSkeleton />;
  if (state.queues.length === 0) {
    return (
      <div className={styles.note}>
        <strong>{t("none")}</strong>
        <p>{t("none_hint")}</p>
      </div>
    );
  }
  return (
    <div className={styles.panel}>
      {state.me && <MyDuty me={state.me} now={now} />}
      {heard.map((call) => (
        <MyListening key={call.call_id} call={call} />
      ))}
      {state.queues.map((queue) => (
        <Board key={queue.id} queue={queue} now={now} />
      ))}
    </div>
  );
}

/** The server's time, in ms, every second. */
function useServerNow(ahead: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now + ahead;
}

function Board({ queue, now }: { queue: QueueBoard; now: number }) {
  const { t } = useTranslation("queues");
  const [more, setMore] = useState(false);
  const { today } = queue;
  const level = today.service_level === null ? "–" : `${Math.round(today.service_level * 100)} %`;
  const figures = [
    [t("waiting"), String(queue.waiting.length)],
    [t("answered"), String(today.answered)],
    [t("abandoned"), String(today.abandoned)],
    [t("mean_wait"), formatDuration(today.mean_wait * 1000)],
    [t("level", { seconds: queue.answered_within }), level],
  ] as const;
  return (
    <section className={styles.board} aria-label={queue.name} data-testid="queue-board">
      <header className={styles.head}>
        <h2 className={styles.title}>{queue.name}</h2>
        <span className={styles.quiet}>{queue.extension}</span>
      </header>
      <dl className={styles.figures}>
        {figures.map(([word, value]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.columns}>
        <div>
          <h3 className={styles.heading}>{t("who_waits")}</h3>
          {queue.waiting.length === 0 ? (
            <p className={styles.quiet}>{t("nobody_waits")}</p>
          ) : (
            <ol className={styles.list} role="list">
              {queue.waiting.map((call, place) => (
                <li key={call.id} className={styles.row}>
                  <span className={styles.place}>{place + 1}</span>
                  <Who caller={call.caller} />
                  <span className={styles.quiet}>
                    {call.rings ? t("rings") : call.call_back ? t("call_back") : ""}
                  </span>
                  <span className={styles.time}>{formatDuration(Math.max(0, now - call.since))}</span>
                </li>
              ))}
            </ol>
          )}
        </div>
        <div>
          <h3 className={styles.heading}>{t("agents")}</h3>
          <ul className={styles.list} role="list">
            {queue.agents.map((agent) => (
              <AgentRow key={agent.user_id} queue={queue.id} agent={agent} now={now} />
            ))}
          </ul>
        </div>
      </div>
      <div className={styles.actions}>
        <Button kind="tertiary" size="md" aria-expanded={more} onClick={() => setMore(!more)}>
          {t(more ? "less" : "history")}
        </Button>
        <Button as="a" kind="tertiary" size="md" href={queuesApi.file(queue.id)} download>
          {t("file")}
        </Button>
      </div>
      {more && <QueueDays queue={queue} />}
    </section>
  );
}

function Who({ caller }: { caller: QueueCaller }) {
  const { t } = useTranslation("queues");
  return <span className={styles.name}>{caller.name || caller.number || t("withheld")}</span>;
}

function AgentRow({ queue, agent, now }: { queue: string; agent: Agent; now: number }) {
  const { t } = useTranslation("queues");
  const listens = listenings(useStore(liveCalls)).some(
    (call) => call.listens.agent.user_id === agent.user_id,
  );
  const shown = agent.here ? agent.state : "off";
  const reason = agent.reason === "away" ? t("away") : agent.reason;
  return (
    <li className={styles.row}>
      <span className={styles.dot} data-state={shown} aria-hidden="true" />
      <span className={styles.name}>{agent.name}</span>
      <span className={styles.quiet}>
        {[agent.here ? t(`state_${agent.state}`) : t("not_here"), reason].filter(Boolean).join(": ")}
      </span>
      <span className={styles.time}>
        {shown === "off" ? "" : formatDuration(Math.max(0, now - agent.since))}
      </span>
      {agent.may_be_heard && !listens && (
        <Button
          kind="secondary"
          size="md"
          aria-label={t("listen_to", { name: agent.name })}
          onClick={() => void listenTo(queue, agent.user_id)}
        >
          {t("listen")}
        </Button>
      )}
    </li>
  );
}

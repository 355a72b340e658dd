import { Button } from "@vector-im/compound-web";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { type CallTrace, type MediaPath, traces } from "../../api/traces";
import { useNumberFormat } from "../../numbers/numberFormat";
import { useLoaded } from "../../ui/useLoaded";
import { dateLocale } from "../../ui/dates";
import { Waiting } from "../../ui/Waiting";
import admin from "../Admin.module.css";
import styles from "./Calls.module.css";
import { CallWords, OutcomeWords } from "./CallWords";
import { Fact } from "./Fact";
import { Ladder } from "./Ladder";
import { Quality } from "./Quality";
import { stageWords, viaWords } from "./words";

interface Props {
  id: string;
  onBack: () => void;
}

/** One call: who was to ring, how its sound went, and every message. */
export function TracePage({ id, onBack }: Props) {
  const { t } = useTranslation("admin/calls");
  const loaded = useLoaded(useCallback(() => traces.call(id), [id]));
  return (
    <section className={styles.trace} aria-label={t("ladder")}>
      <div className={admin.titleRow}>
        <Button kind="tertiary" size="md" onClick={onBack}>
          ← {t("back")}
        </Button>
        <Button kind="tertiary" size="md" onClick={() => loaded.load()}>
          {t("refresh")}
        </Button>
      </div>
      {loaded.value ? <Trace trace={loaded.value} /> : <Waiting loaded={loaded} />}
    </section>
  );
}

function Trace({ trace }: { trace: CallTrace }) {
  const { t } = useTranslation("admin/calls");
  const { call } = trace;
  const when = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "full", timeStyle: "long" });
  return (
    <>
      <header className={styles.about}>
        <h1 className={admin.subtitle}>
          <CallWords call={call} />
        </h1>
        <span className={admin.about}>{when.format(call.started_at)}</span>
        <span className={admin.about}>{viaWords(call.via)}</span>
        <OutcomeWords call={call} />
        {call.reason && <span className={admin.about}>{t("reason", { reason: call.reason })}</span>}
        <code className={styles.id}>{call.id}</code>
      </header>
      <Quality call={call} />
      {trace.steps.length === 0 ? (
        <p className={admin.note}>{t("not_kept")}</p>
      ) : (
        <>
          <div className={admin.buttons}>
            <a className={styles.file} href={traces.text(call.id)} download>
              {t("save_text")}
            </a>
            <a className={styles.file} href={traces.pcap(call.id)} download>
              {t("save_pcap")}
            </a>
          </div>
          <Route trace={trace} />
          {trace.media.length > 0 && <Media media={trace.media} />}
          <div className={styles.part}>
            <h2>{t("ladder")}</h2>
            {trace.left_out > 0 && <p className={admin.about}>{t("left_out", { count: trace.left_out })}</p>}
            <Ladder lanes={trace.lanes} steps={trace.steps} />
          </div>
        </>
      )}
    </>
  );
}

function Route({ trace: { refused, stages } }: { trace: CallTrace }) {
  const { t } = useTranslation("admin/calls");
  const format = useNumberFormat();
  if (refused === null && stages.length === 0) return null;
  return (
    <div className={styles.part}>
      <h2>{t("route")}</h2>
      {refused !== null && <p className={admin.wrap}>{t("route_refused", { reason: refused })}</p>}
      <ol role="list">
        {stages.map((stage) => (
          <li key={JSON.stringify(stage)} className={admin.wrap}>
            {stageWords(stage, format)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Media({ media }: { media: MediaPath[] }) {
  const { t } = useTranslation("admin/calls");
  return (
    <div className={styles.part}>
      <h2>{t("media")}</h2>
      <div className={styles.paths}>
        {media.map((path) => (
          <dl key={path.leg} className={styles.path}>
            <Fact name={t("leg")} value={path.leg} />
            <Fact name={t("joined")} value={path.joined ?? "–"} />
            <Fact name={t("codec")} value={`${path.codec ?? "–"}, ${path.transport}`} />
            <Fact name={t("packets")} value={`${path.packets_in ?? 0} / ${path.packets_out ?? 0}`} />
            <Fact name={t("lost")} value={String(path.lost ?? 0)} />
            <Fact name={t("jitter")} value={`${path.jitter_ms ?? 0} ms`} />
            <Fact name={t("heard")} value={path.heard ? t("yes") : t("no")} />
          </dl>
        ))}
      </div>
    </div>
  );
}

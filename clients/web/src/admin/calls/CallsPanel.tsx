import { Button } from "@vector-im/compound-web";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { type CallOfAnybody, traces } from "../../api/traces";
import { errorWords } from "../../api/errors";
import { dateLocale } from "../../ui/dates";
import { toast } from "../../ui/toasts";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import admin from "../Admin.module.css";
import styles from "./Calls.module.css";
import { CallWords, OutcomeWords } from "./CallWords";
import { FiguresTable } from "./FiguresTable";
import { TracePage } from "./TracePage";
import { viaWords } from "./words";

/** Everybody's calls, newest first; one of them opens to what was said for it. */
export function CallsPanel() {
  const { t } = useTranslation("admin/calls");
  const loaded = useLoaded(useCallback(() => traces.calls(null), []));
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (chosen !== null) return <TracePage id={chosen} onBack={() => setChosen(null)} />;
  const older = async (before: number): Promise<void> => {
    setBusy(true);
    try {
      const page = await traces.calls(before);
      loaded.set((known) => ({ ...page, calls: [...known.calls, ...page.calls] }));
    } catch (refusal) {
      toast("error", errorWords(refusal));
    }
    setBusy(false);
  };
  const page = loaded.value;
  const next = page?.next ?? null;
  return (
    <section className={admin.single} aria-labelledby="admin-calls">
      <div className={admin.titleRow}>
        <h1 id="admin-calls" className={admin.subtitle}>
          {t("calls")}
        </h1>
        <Button kind="tertiary" size="md" onClick={() => loaded.load()}>
          {t("refresh")}
        </Button>
      </div>
      <FiguresTable />
      <p className={admin.about}>{t("hint")}</p>
      {!page ? (
        <Waiting loaded={loaded} />
      ) : page.calls.length === 0 ? (
        <p className={admin.note}>{t("none")}</p>
      ) : (
        <ol role="list" className={admin.box} data-testid="all-calls">
          {page.calls.map((call) => (
            <Row key={call.id} call={call} onOpen={() => setChosen(call.id)} />
          ))}
        </ol>
      )}
      {next !== null && (
        <div className={admin.more}>
          <Button kind="tertiary" size="md" disabled={busy} onClick={() => void older(next)}>
            {t("older")}
          </Button>
        </div>
      )}
    </section>
  );
}

function Row({ call, onOpen }: { call: CallOfAnybody; onOpen: () => void }) {
  const { t } = useTranslation("admin/calls");
  const when = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "medium" });
  return (
    <li className={styles.item}>
      <button type="button" className={styles.row} onClick={onOpen}>
        <span className={admin.words}>
          <CallWords call={call} />
          <span className={admin.about}>{viaWords(call.via)}</span>
        </span>
        <span className={styles.end}>
          <OutcomeWords call={call} />
          <time className={admin.when} dateTime={new Date(call.started_at).toISOString()}>
            {when.format(call.started_at)}
          </time>
        </span>
        <span className={styles.hidden}>{t("ladder")}</span>
      </button>
    </li>
  );
}

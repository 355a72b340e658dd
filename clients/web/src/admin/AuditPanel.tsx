import { Button } from "@vector-im/compound-web";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type AuditEntry } from "../api/administration";
import { toast } from "../ui/toasts";
import { dateLocale } from "../ui/dates";
import { people } from "../people/people";
import { useStore } from "../state/store";
import styles from "./Admin.module.css";
import { useLoaded } from "../ui/useLoaded";
import { Waiting } from "../ui/Waiting";
import { actionWords, detailWords, refusalWords } from "./words";

/** Who did what, newest first. */
export function AuditPanel() {
  const { t } = useTranslation("admin");
  const loaded = useLoaded(useCallback(() => administration.audit(null), []));
  const [busy, setBusy] = useState(false);
  const older = async (before: number): Promise<void> => {
    setBusy(true);
    try {
      const page = await administration.audit(before);
      loaded.set((known) => ({ ...page, entries: [...known.entries, ...page.entries] }));
    } catch (refusal) {
      toast("error", refusalWords(refusal));
    }
    setBusy(false);
  };
  const page = loaded.value;
  const next = page?.next ?? null;
  return (
    <section className={styles.single} aria-labelledby="admin-activity">
      <h1 id="admin-activity" className={styles.subtitle}>
        {t("page_activity")}
      </h1>
      {!page ? (
        <Waiting loaded={loaded} />
      ) : page.entries.length === 0 ? (
        <p className={styles.note}>{t("activity_none")}</p>
      ) : (
        <ol role="list" className={styles.box} data-testid="audit">
          {page.entries.map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      {next !== null && (
        <div className={styles.more}>
          <Button kind="tertiary" size="md" disabled={busy} onClick={() => void older(next)}>
            {t("older")}
          </Button>
        </div>
      )}
    </section>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation("admin");
  const { byId } = useStore(people);
  const named = (id: string): string => byId.get(id)?.name ?? id;
  const actor = entry.actor === "command line" ? t("actor_command_line") : named(entry.actor);
  const by = entry.actor === "nobody" ? "" : t("done_by", { name: actor });
  const when = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "medium" });
  const details = Object.entries(entry.details).map(([name, value]) => detailWords(name, value));
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <span className={styles.wrap}>
          <strong>{actionWords(entry.action)}</strong>
          {entry.subject && ` · ${named(entry.subject)}`}
        </span>
        {details.length > 0 && <span className={styles.about}>{details.join(" · ")}</span>}
        <span className={styles.about}>{[by, entry.address].filter(Boolean).join(" · ")}</span>
      </div>
      <time className={styles.when} dateTime={new Date(entry.at).toISOString()}>
        {when.format(entry.at)}
      </time>
    </li>
  );
}

import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type Trunk } from "../api/administration";
import { useNumberFormat } from "../numbers/numberFormat";
import styles from "./Admin.module.css";
import { CallLimits } from "./CallLimits";
import { Confirm } from "./Confirm";
import { TrunkEditor } from "./TrunkEditor";
import { useLoaded } from "../ui/useLoaded";
import { Waiting } from "../ui/Waiting";

type Task = { kind: "add" } | { kind: "edit" | "remove"; trunk: Trunk };

/** The lines to the telephone network: which there are, whether they stand, and changing them. */
export function TrunksPanel() {
  const { t } = useTranslation("admin");
  const loaded = useLoaded(administration.trunks);
  const [task, setTask] = useState<Task | null>(null);
  const close = (): void => setTask(null);
  const trunks = loaded.value?.trunks;
  return (
    <section className={styles.single} aria-labelledby="admin-lines">
      <div className={styles.titleRow}>
        <h1 id="admin-lines" className={styles.subtitle}>
          {t("page_lines")}
        </h1>
        <div className={styles.buttons}>
          <Button kind="tertiary" size="md" onClick={() => loaded.load()}>
            {t("refresh")}
          </Button>
          <Button size="md" onClick={() => setTask({ kind: "add" })}>
            {t("trunk_add")}
          </Button>
        </div>
      </div>
      <p className={styles.about}>{t("lines_hint")}</p>
      {!trunks ? (
        <Waiting loaded={loaded} />
      ) : trunks.length === 0 ? (
        <p className={styles.note}>{t("lines_none")}</p>
      ) : (
        <ul role="list" className={styles.box}>
          {trunks.map((trunk) => (
            <Line
              key={trunk.name}
              trunk={trunk}
              onEdit={() => setTask({ kind: "edit", trunk })}
              onRemove={() => setTask({ kind: "remove", trunk })}
            />
          ))}
        </ul>
      )}
      <CallLimits />
      {(task?.kind === "add" || task?.kind === "edit") && (
        <TrunkEditor
          trunk={task.kind === "edit" ? task.trunk : null}
          onSaved={() => loaded.load()}
          onClose={close}
        />
      )}
      {task?.kind === "remove" && (
        <Confirm
          title={t("trunk_remove_title", { name: task.trunk.name })}
          text={t("trunk_remove_text")}
          action={t("remove")}
          onConfirm={async () => {
            await administration.removeTrunk(task.trunk.name);
            loaded.load();
          }}
          onClose={close}
        />
      )}
    </section>
  );
}

interface LineProps {
  trunk: Trunk;
  onEdit: () => void;
  onRemove: () => void;
}

function Line({ trunk, onEdit, onRemove }: LineProps) {
  const { t } = useTranslation("admin");
  const format = useNumberFormat();
  const unsure = trunk.why === null ? "unknown" : "unasked";
  const state = !trunk.enabled ? "off" : trunk.up === null ? unsure : trunk.up ? "up" : "down";
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <strong className={styles.wrap}>{trunk.name}</strong>
        <span className={styles.about}>
          {[
            t(`kind_${trunk.kind}`),
            `${trunk.host}${trunk.port === null ? "" : `:${trunk.port}`} ${trunk.transport.toUpperCase()}`,
            trunk.caller_id && format(trunk.caller_id),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <span className={styles.state} data-state={state}>
          {t(`state_${state}`)}
          {state === "down" && trunk.why && `: ${trunk.why}`}
        </span>
      </div>
      {trunk.source === "database" ? (
        <div className={styles.buttons}>
          <Button
            kind="tertiary"
            size="md"
            aria-label={t("edit_title", { name: trunk.name })}
            onClick={onEdit}
          >
            {t("edit")}
          </Button>
          <Button
            kind="tertiary"
            size="md"
            destructive
            aria-label={t("remove_of", { what: trunk.name })}
            onClick={onRemove}
          >
            {t("remove")}
          </Button>
        </div>
      ) : (
        <span className={styles.about}>{t("trunk_of_file")}</span>
      )}
    </li>
  );
}

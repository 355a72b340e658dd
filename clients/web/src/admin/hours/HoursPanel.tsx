import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hoursApi, type OpeningHours } from "../../api/hours";
import { useNow } from "../../ui/now";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import styles from "../Admin.module.css";
import { Confirm } from "../Confirm";
import { HoursEditor } from "./HoursEditor";
import { ownZone, untilMoment, weekWords } from "../../hours/words";

type Task = { kind: "add" } | { kind: "edit" | "remove"; hours: OpeningHours };

/** When the organisation is open: what groups and the attendant go by. */
export function HoursPanel() {
  const { t } = useTranslation("admin/hours");
  const { t: admin } = useTranslation("admin");
  const loaded = useLoaded(hoursApi.list);
  const [task, setTask] = useState<Task | null>(null);
  const list = loaded.value?.hours;
  return (
    <section className={styles.single} aria-labelledby="admin-hours">
      <div className={styles.titleRow}>
        <h1 id="admin-hours" className={styles.subtitle}>
          {admin("page_hours")}
        </h1>
        <Button size="md" onClick={() => setTask({ kind: "add" })}>
          {t("add")}
        </Button>
      </div>
      <p className={styles.about}>{t("hint")}</p>
      {!list ? (
        <Waiting loaded={loaded} />
      ) : list.length === 0 ? (
        <p className={styles.note}>{t("none")}</p>
      ) : (
        <ul role="list" className={styles.box}>
          {list.map((hours) => (
            <Row
              key={hours.id}
              hours={hours}
              onEdit={() => setTask({ kind: "edit", hours })}
              onRemove={() => setTask({ kind: "remove", hours })}
            />
          ))}
        </ul>
      )}
      {(task?.kind === "add" || task?.kind === "edit") && (
        <HoursEditor
          hours={task.kind === "edit" ? task.hours : null}
          onSaved={loaded.load}
          onClose={() => setTask(null)}
        />
      )}
      {task?.kind === "remove" && (
        <Confirm
          title={t("remove_title", { name: task.hours.name })}
          text={t("remove_text")}
          action={admin("remove")}
          onConfirm={async () => {
            await hoursApi.remove(task.hours.id);
            loaded.load();
          }}
          onClose={() => setTask(null)}
        />
      )}
    </section>
  );
}

interface RowProps {
  hours: OpeningHours;
  onEdit: () => void;
  onRemove: () => void;
}

function Row({ hours, onEdit, onRemove }: RowProps) {
  const { t } = useTranslation("admin/hours");
  const { t: admin } = useTranslation("admin");
  const now = useNow();
  const { state, name } = hours.now;
  const until = hours.changes_at === null ? null : untilMoment(hours.changes_at, now, hours.timezone);
  const week = weekWords(hours.week);
  const elsewhere = hours.timezone !== ownZone();
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <strong className={styles.wrap}>{hours.name}</strong>
        <span className={styles.state} data-state={state === "open" ? "up" : "down"}>
          {[t(`now_${state}`), name].filter(Boolean).join(": ")}
          {until !== null && <span className={styles.about}> {until}</span>}
        </span>
        {(week.length > 0 ? week : [t("never")]).map((line) => (
          <span key={line} className={styles.about}>
            {line}
          </span>
        ))}
        <span className={styles.about}>
          {[
            elsewhere ? hours.timezone : "",
            hours.holidays.length > 0 ? t("holidays", { count: hours.holidays.length }) : "",
            hours.exceptions.length > 0 ? t("exceptions", { count: hours.exceptions.length }) : "",
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </div>
      <div className={styles.buttons}>
        <Button
          kind="tertiary"
          size="md"
          aria-label={admin("edit_title", { name: hours.name })}
          onClick={onEdit}
        >
          {admin("edit")}
        </Button>
        <Button
          kind="tertiary"
          size="md"
          destructive
          aria-label={admin("remove_of", { what: hours.name })}
          onClick={onRemove}
        >
          {admin("remove")}
        </Button>
      </div>
    </li>
  );
}

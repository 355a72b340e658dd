import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Attendant, attendantsApi } from "../../api/attendants";
import { dial } from "../../calls/place";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import styles from "../Admin.module.css";
import { Confirm } from "../Confirm";
import { AttendantEditor } from "./AttendantEditor";

type Task = { kind: "add" } | { kind: "edit" | "remove"; attendant: Attendant };

/** Automatic attendants: numbers that answer with "press 1 for …". */
export function AttendantsPanel() {
  const { t } = useTranslation("admin/attendants");
  const { t: admin } = useTranslation("admin");
  const loaded = useLoaded(attendantsApi.list);
  const [task, setTask] = useState<Task | null>(null);
  const list = loaded.value?.attendants;
  if (list && (task?.kind === "add" || task?.kind === "edit")) {
    return (
      <AttendantEditor
        attendant={task.kind === "edit" ? task.attendant : null}
        attendants={list}
        onSaved={loaded.load}
        onClose={() => setTask(null)}
      />
    );
  }
  return (
    <section className={styles.single} aria-labelledby="admin-attendants">
      <div className={styles.titleRow}>
        <h1 id="admin-attendants" className={styles.subtitle}>
          {t("title")}
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
          {list.map((attendant) => (
            <Row key={attendant.id} attendant={attendant} onTask={(kind) => setTask({ kind, attendant })} />
          ))}
        </ul>
      )}
      {task?.kind === "remove" && (
        <Confirm
          title={t("remove_title", { name: task.attendant.name })}
          text={t("remove_text", { extension: task.attendant.extension })}
          action={admin("remove")}
          onConfirm={async () => {
            await attendantsApi.remove(task.attendant.id);
            loaded.load();
          }}
          onClose={() => setTask(null)}
        />
      )}
    </section>
  );
}

function Row({ attendant, onTask }: { attendant: Attendant; onTask: (kind: "edit" | "remove") => void }) {
  const { t } = useTranslation("admin/attendants");
  const { t: admin } = useTranslation("admin");
  const { name, extension, numbers } = attendant;
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <strong className={styles.wrap}>{name}</strong>
        <span className={styles.about}>
          {[extension, ...numbers.map((each) => each.display)].join(" · ")}
        </span>
        {attendant.hours !== null && (
          <span className={styles.state} data-state={attendant.now === "open" ? "up" : "down"}>
            {t(`now_${attendant.now}`)}
          </span>
        )}
      </div>
      <div className={styles.buttons}>
        <Button
          kind="tertiary"
          size="md"
          aria-label={t("try_of", { name })}
          onClick={() => void dial(extension)}
        >
          {t("try")}
        </Button>
        <Button
          kind="tertiary"
          size="md"
          aria-label={admin("edit_title", { name })}
          onClick={() => onTask("edit")}
        >
          {admin("edit")}
        </Button>
        <Button
          kind="tertiary"
          size="md"
          destructive
          aria-label={admin("remove_of", { what: name })}
          onClick={() => onTask("remove")}
        >
          {admin("remove")}
        </Button>
      </div>
    </li>
  );
}

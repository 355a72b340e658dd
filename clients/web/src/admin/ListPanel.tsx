import { Button } from "@vector-im/compound-web";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Loaded } from "../ui/useLoaded";
import { Waiting } from "../ui/Waiting";
import styles from "./Admin.module.css";
import { Confirm } from "./Confirm";

/** What may be asked for on the line of something. */
export type Ask = (task: "edit" | "remove") => void;
type Task<T> = { kind: "add" } | { kind: "edit" | "remove"; item: T };

interface Props<T> {
  /** Of the heading. */
  id: string;
  title: string;
  hint: string;
  /** What is said where there are none. */
  none: string;
  add: string;
  loaded: Pick<Loaded<unknown>, "failed" | "load">;
  /** Undefined until they are there. */
  items: readonly T[] | undefined;
  keyOf: (item: T) => string;
  renderLine: (item: T, ask: Ask) => ReactNode;
  /** Null for a new one. */
  renderEditor: (item: T | null, close: () => void) => ReactNode;
  /** Whether the editor stands in the place of the list; of itself it is a dialog above it. */
  alone?: boolean;
  removal: (item: T) => { title: string; text: string; remove: () => Promise<unknown> };
  /** Buttons before the one that adds. */
  beside?: ReactNode;
  /** What stands below the list. */
  children?: ReactNode;
}

/** What an administrator keeps a list of: reading it, adding one, editing one and removing one. */
export function ListPanel<T>(props: Props<T>) {
  const { id, title, hint, none, add, loaded, items, keyOf, renderLine, renderEditor, removal } = props;
  const { t } = useTranslation("admin");
  const [task, setTask] = useState<Task<T> | null>(null);
  const close = (): void => setTask(null);
  const edited = task?.kind === "edit" ? task.item : null;
  const edits = task?.kind === "add" || task?.kind === "edit";
  if (edits && props.alone && items) return renderEditor(edited, close);
  const adds = (
    <Button size="md" onClick={() => setTask({ kind: "add" })}>
      {add}
    </Button>
  );
  const removed = task?.kind === "remove" ? removal(task.item) : null;
  return (
    <section className={styles.single} aria-labelledby={id}>
      <div className={styles.titleRow}>
        <h1 id={id} className={styles.subtitle}>
          {title}
        </h1>
        {props.beside ? (
          <div className={styles.buttons}>
            {props.beside}
            {adds}
          </div>
        ) : (
          adds
        )}
      </div>
      <p className={styles.about}>{hint}</p>
      {!items ? (
        <Waiting loaded={loaded} />
      ) : items.length === 0 ? (
        <p className={styles.note}>{none}</p>
      ) : (
        <ul role="list" className={styles.box}>
          {items.map((item) => (
            <li key={keyOf(item)} className={styles.line}>
              {renderLine(item, (kind) => setTask({ kind, item }))}
            </li>
          ))}
        </ul>
      )}
      {props.children}
      {edits && !props.alone && renderEditor(edited, close)}
      {removed && (
        <Confirm
          title={removed.title}
          text={removed.text}
          action={t("remove")}
          onConfirm={async () => {
            await removed.remove();
            loaded.load();
          }}
          onClose={close}
        />
      )}
    </section>
  );
}

/** The buttons at the end of a line. */
export function LineButtons({ name, ask, children }: { name: string; ask: Ask; children?: ReactNode }) {
  const { t } = useTranslation("admin");
  return (
    <div className={styles.buttons}>
      {children}
      <Button kind="tertiary" size="md" aria-label={t("edit_title", { name })} onClick={() => ask("edit")}>
        {t("edit")}
      </Button>
      <Button
        kind="tertiary"
        size="md"
        destructive
        aria-label={t("remove_of", { what: name })}
        onClick={() => ask("remove")}
      >
        {t("remove")}
      </Button>
    </div>
  );
}

import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { groupsApi, type RingGroup } from "../../api/groups";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import styles from "../Admin.module.css";
import { Confirm } from "../Confirm";
import { GroupEditor } from "./GroupEditor";

type Task = { kind: "add" } | { kind: "edit" | "remove"; group: RingGroup };

/** Ring groups: one number for several people, the company's number included. */
export function GroupsPanel() {
  const { t } = useTranslation("admin");
  const loaded = useLoaded(groupsApi.list);
  const [task, setTask] = useState<Task | null>(null);
  const groups = loaded.value?.groups;
  return (
    <section className={styles.single} aria-labelledby="admin-groups">
      <div className={styles.titleRow}>
        <h1 id="admin-groups" className={styles.subtitle}>
          {t("page_groups")}
        </h1>
        <Button size="md" onClick={() => setTask({ kind: "add" })}>
          {t("group_add")}
        </Button>
      </div>
      <p className={styles.about}>{t("groups_hint")}</p>
      {!groups ? (
        <Waiting loaded={loaded} />
      ) : groups.length === 0 ? (
        <p className={styles.note}>{t("groups_none")}</p>
      ) : (
        <ul role="list" className={styles.box}>
          {groups.map((group) => (
            <Group
              key={group.id}
              group={group}
              onEdit={() => setTask({ kind: "edit", group })}
              onRemove={() => setTask({ kind: "remove", group })}
            />
          ))}
        </ul>
      )}
      {(task?.kind === "add" || task?.kind === "edit") && (
        <GroupEditor
          group={task.kind === "edit" ? task.group : null}
          groups={groups ?? []}
          onSaved={loaded.load}
          onClose={() => setTask(null)}
        />
      )}
      {task?.kind === "remove" && (
        <Confirm
          title={t("group_remove_title", { name: task.group.name })}
          text={t("group_remove_text", { extension: task.group.extension })}
          action={t("remove")}
          onConfirm={async () => {
            await groupsApi.remove(task.group.id);
            loaded.load();
          }}
          onClose={() => setTask(null)}
        />
      )}
    </section>
  );
}

interface GroupProps {
  group: RingGroup;
  onEdit: () => void;
  onRemove: () => void;
}

function Group({ group, onEdit, onRemove }: GroupProps) {
  const { t } = useTranslation("admin");
  const here = group.members.filter((member) => member.here);
  const { otherwise, otherwise_name: name } = group;
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <strong className={styles.wrap}>{group.name}</strong>
        <span className={styles.about}>
          {[group.extension, ...group.numbers.map((each) => each.display)].join(" · ")}
        </span>
        <span className={styles.about}>
          {t(`strategy_${group.strategy}`)}: {group.members.map((member) => member.name).join(", ")}
        </span>
        {otherwise && (
          <span className={styles.about}>
            {t(`then_${otherwise.kind}`, { name: name ?? t("otherwise_gone") })}
          </span>
        )}
        {here.length === 0 && (
          <span className={styles.state} data-state="down">
            {t("group_nobody_here")}
          </span>
        )}
      </div>
      <div className={styles.buttons}>
        <Button kind="tertiary" size="md" aria-label={t("edit_title", { name: group.name })} onClick={onEdit}>
          {t("edit")}
        </Button>
        <Button
          kind="tertiary"
          size="md"
          destructive
          aria-label={t("remove_of", { what: group.name })}
          onClick={onRemove}
        >
          {t("remove")}
        </Button>
      </div>
    </li>
  );
}

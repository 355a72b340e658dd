import { useTranslation } from "react-i18next";
import { groupsApi, type RingGroup } from "../../api/groups";
import { useLoaded } from "../../ui/useLoaded";
import styles from "../Admin.module.css";
import { type Ask, LineButtons, ListPanel } from "../ListPanel";
import { GroupEditor } from "./GroupEditor";

/** Ring groups: one number for several people, the company's number included. */
export function GroupsPanel() {
  const { t } = useTranslation("admin");
  const loaded = useLoaded(groupsApi.list);
  const groups = loaded.value?.groups;
  return (
    <ListPanel
      id="admin-groups"
      title={t("page_groups")}
      hint={t("groups_hint")}
      none={t("groups_none")}
      add={t("group_add")}
      loaded={loaded}
      items={groups}
      keyOf={(group) => group.id}
      renderLine={(group, ask) => <Group group={group} ask={ask} />}
      renderEditor={(group, close) => (
        <GroupEditor group={group} groups={groups ?? []} onSaved={loaded.load} onClose={close} />
      )}
      removal={(group) => ({
        title: t("group_remove_title", { name: group.name }),
        text: t("group_remove_text", { extension: group.extension }),
        remove: () => groupsApi.remove(group.id),
      })}
    />
  );
}

function Group({ group, ask }: { group: RingGroup; ask: Ask }) {
  const { t } = useTranslation("admin");
  const here = group.members.filter((member) => member.here);
  const { otherwise, otherwise_name: name } = group;
  return (
    <>
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
      <LineButtons name={group.name} ask={ask} />
    </>
  );
}

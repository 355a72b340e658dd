import { Form } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { groupsApi, type RingGroup, STRATEGIES } from "../../api/groups";
import styles from "../Admin.module.css";
import { Choice } from "../Choice";
import { type Editor, EditorDialog } from "../Editor";
import { groupBodyOf, type GroupDraft, groupDraftOf, SECONDS } from "./groupDraft";
import { GroupMembers } from "./GroupMembers";
import { GroupQueue } from "./GroupQueue";
import { GroupTarget } from "./GroupTarget";

interface Props extends Editor {
  /** Null for a new one. */
  group: RingGroup | null;
  groups: readonly RingGroup[];
}

const TEXTS = ["name", "extension", "numbers", "seconds"] as const;

/** Writes a ring group: its number, its members, how they ring, and where its calls go then. */
export function GroupEditor({ group, groups, onSaved, onClose }: Props) {
  const { t } = useTranslation("admin");
  const [draft, setDraft] = useState<GroupDraft>(() => groupDraftOf(group));
  const send = (): Promise<unknown> | string => {
    const body = groupBodyOf(draft);
    if (typeof body === "string") return t(`group_wrong_${body}`, { ...SECONDS });
    return group ? groupsApi.replace(group.id, body) : groupsApi.add(body);
  };
  const title = group ? t("edit_title", { name: group.name }) : t("group_add");
  return (
    <EditorDialog id="group-editor" title={title} send={send} onSaved={onSaved} onClose={onClose}>
      {TEXTS.map((field) => (
        <Form.Field key={field} name={field}>
          <Form.Label>{t(`group_${field}`)}</Form.Label>
          <Form.TextControl
            inputMode={field === "extension" || field === "seconds" ? "numeric" : "text"}
            autoComplete="off"
            maxLength={300}
            value={draft[field]}
            onChange={(event) => setDraft({ ...draft, [field]: event.currentTarget.value })}
          />
          {field === "numbers" && <Form.HelpMessage>{t("group_numbers_hint")}</Form.HelpMessage>}
        </Form.Field>
      ))}
      <Choice
        label={t("group_strategy")}
        values={STRATEGIES}
        value={draft.strategy}
        words={(strategy) => t(`strategy_${strategy}`)}
        onChoose={(strategy) => setDraft({ ...draft, strategy })}
      />
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={draft.ringBusy}
          onChange={(event) => setDraft({ ...draft, ringBusy: event.target.checked })}
        />
        {t("group_ring_busy")}
      </label>
      <GroupQueue draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} />
      <GroupMembers members={draft.members} onChange={(members) => setDraft({ ...draft, members })} />
      <GroupTarget
        draft={draft}
        others={groups.filter((each) => each.id !== group?.id)}
        onChange={(change) => setDraft({ ...draft, ...change })}
      />
    </EditorDialog>
  );
}

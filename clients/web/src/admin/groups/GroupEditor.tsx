import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { groupsApi, type RingGroup, STRATEGIES } from "../../api/groups";
import { Dialog } from "../../ui/Dialog";
import styles from "../Admin.module.css";
import { Choice } from "../Choice";
import { refusalWords } from "../words";
import { groupBodyOf, type GroupDraft, groupDraftOf, SECONDS } from "./groupDraft";
import { GroupMembers } from "./GroupMembers";
import { GroupQueue } from "./GroupQueue";
import { GroupTarget } from "./GroupTarget";

interface Props {
  /** Null for a new one. */
  group: RingGroup | null;
  groups: readonly RingGroup[];
  onSaved: () => void;
  onClose: () => void;
}

const TEXTS = ["name", "extension", "numbers", "seconds"] as const;

/** Writes a ring group: its number, its members, how they ring, and where its calls go then. */
export function GroupEditor({ group, groups, onSaved, onClose }: Props) {
  const { t } = useTranslation("admin");
  const [draft, setDraft] = useState<GroupDraft>(() => groupDraftOf(group));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = groupBodyOf(draft);
    if (typeof body === "string") return setError(t(`group_wrong_${body}`, { ...SECONDS }));
    setBusy(true);
    try {
      await (group ? groupsApi.replace(group.id, body) : groupsApi.add(body));
      onSaved();
      onClose();
    } catch (refusal) {
      setError(refusalWords(refusal));
      setBusy(false);
    }
  };
  const actions = (
    <>
      <Button kind="secondary" onClick={onClose}>
        {t("cancel")}
      </Button>
      <Button type="submit" form="group-editor" disabled={busy}>
        {t("save")}
      </Button>
    </>
  );
  const title = group ? t("edit_title", { name: group.name }) : t("group_add");
  return (
    <Dialog title={title} onClose={onClose} actions={actions}>
      <Form.Root id="group-editor" className={styles.form ?? ""} onSubmit={(event) => void save(event)}>
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
      </Form.Root>
      {error !== null && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}

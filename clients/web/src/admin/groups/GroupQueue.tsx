import { Form } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import styles from "../Admin.module.css";
import { GroupSupervisors } from "./GroupSupervisors";
import { type GroupDraft, type Term, TERMS } from "./groupDraft";

interface Props {
  draft: GroupDraft;
  onChange: (change: Partial<GroupDraft>) => void;
}

/** Whether callers wait for the group, and how. */
export function GroupQueue({ draft, onChange }: Props) {
  const { t } = useTranslation("admin");
  return (
    <>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={draft.queue}
          onChange={(event) => onChange({ queue: event.target.checked })}
        />
        {t("group_queue")}
      </label>
      {draft.queue && (
        <>
          <p className={styles.about}>{t("group_queue_hint")}</p>
          {(Object.keys(TERMS) as Term[]).map((term) => (
            <Form.Field key={term} name={`queue-${term}`}>
              <Form.Label>{t(`queue_${term}`)}</Form.Label>
              <Form.TextControl
                inputMode="numeric"
                autoComplete="off"
                maxLength={6}
                value={draft.terms[term]}
                onChange={(event) =>
                  onChange({ terms: { ...draft.terms, [term]: event.currentTarget.value } })
                }
              />
            </Form.Field>
          ))}
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={draft.welcome}
              onChange={(event) => onChange({ welcome: event.target.checked })}
            />
            {t("queue_welcome")}
          </label>
          <label className={styles.about}>
            {t("queue_call_back")}{" "}
            <select
              value={draft.callBack}
              onChange={(event) => onChange({ callBack: event.currentTarget.value })}
            >
              <option value="">{t("queue_call_back_none")}</option>
              {[..."1234567890"].map((key) => (
                <option key={key} value={key}>
                  {key}
                </option>
              ))}
            </select>
          </label>
          <GroupSupervisors draft={draft} onChange={onChange} />
        </>
      )}
    </>
  );
}

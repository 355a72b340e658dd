import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import styles from "../Admin.module.css";
import type { GroupDraft } from "./groupDraft";
import { PeoplePicker } from "./PeoplePicker";

interface Props {
  draft: GroupDraft;
  onChange: (change: Partial<GroupDraft>) => void;
}

/** Whether a queue's calls may be listened to, by whom, and whether callers are told. */
export function GroupSupervisors({ draft, onChange }: Props) {
  const { t } = useTranslation("admin");
  const { supervisors } = draft;
  return (
    <fieldset className={styles.group}>
      <legend>{t("queue_supervisors")}</legend>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={draft.listening}
          onChange={(event) => onChange({ listening: event.target.checked })}
        />
        {t("queue_listening")}
      </label>
      <p className={styles.about}>{t("queue_listening_law")}</p>
      {draft.listening && (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={draft.listeningTold}
            onChange={(event) => onChange({ listeningTold: event.target.checked })}
          />
          {t("queue_listening_told")}
        </label>
      )}
      {(draft.listening || supervisors.length > 0) && (
        <>
          {supervisors.length === 0 && <p className={styles.about}>{t("queue_supervisors_none")}</p>}
          <ul role="list" className={styles.box}>
            {supervisors.map((one) => (
              <li key={one.user_id} className={styles.line}>
                <strong className={styles.wrap}>{one.name}</strong>
                <Button
                  type="button"
                  kind="tertiary"
                  size="md"
                  destructive
                  aria-label={t("remove_of", { what: one.name })}
                  onClick={() => onChange({ supervisors: supervisors.filter((each) => each !== one) })}
                >
                  {t("remove")}
                </Button>
              </li>
            ))}
          </ul>
          <PeoplePicker
            label={t("queue_supervisor_search")}
            action={t("group_member_add")}
            without={supervisors.map((one) => one.user_id)}
            onChoose={({ user_id, name }) => onChange({ supervisors: [...supervisors, { user_id, name }] })}
          />
        </>
      )}
    </fieldset>
  );
}

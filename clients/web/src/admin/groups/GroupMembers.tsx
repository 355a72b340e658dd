import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import type { GroupMember } from "../../api/groups";
import styles from "../Admin.module.css";
import { moved } from "./groupDraft";
import { PeoplePicker } from "./PeoplePicker";

interface Props {
  members: readonly GroupMember[];
  onChange: (members: readonly GroupMember[]) => void;
}

/** Who is in a group, in the order in which they ring. */
export function GroupMembers({ members, onChange }: Props) {
  const { t } = useTranslation("admin");
  return (
    <fieldset className={styles.group}>
      <legend>{t("group_members")}</legend>
      {members.length === 0 && <p className={styles.about}>{t("group_members_none")}</p>}
      <ol role="list" className={styles.box}>
        {members.map((member, place) => (
          <li key={member.user_id} className={styles.line}>
            <div className={styles.words}>
              <strong className={styles.wrap}>{member.name}</strong>
              <span className={styles.about}>
                {[member.extension, !member.here && t("group_out")].filter(Boolean).join(" · ")}
              </span>
            </div>
            <div className={styles.buttons}>
              <Move
                mark="↑"
                label={t("group_up", { name: member.name })}
                disabled={place === 0}
                onClick={() => onChange(moved(members, place, -1))}
              />
              <Move
                mark="↓"
                label={t("group_down", { name: member.name })}
                disabled={place === members.length - 1}
                onClick={() => onChange(moved(members, place, 1))}
              />
              <Button
                type="button"
                kind="tertiary"
                size="md"
                destructive
                aria-label={t("remove_of", { what: member.name })}
                onClick={() => onChange(members.filter((each) => each !== member))}
              >
                {t("remove")}
              </Button>
            </div>
          </li>
        ))}
      </ol>
      <PeoplePicker
        label={t("group_member_search")}
        action={t("group_member_add")}
        without={members.map((member) => member.user_id)}
        onChoose={({ user_id, name, extensions }) =>
          onChange([...members, { user_id, name, extension: extensions[0] ?? "", here: true }])
        }
      />
    </fieldset>
  );
}

interface MoveProps {
  mark: string;
  label: string;
  disabled: boolean;
  onClick: () => void;
}

function Move({ mark, label, disabled, onClick }: MoveProps) {
  return (
    <Button type="button" kind="tertiary" size="md" aria-label={label} disabled={disabled} onClick={onClick}>
      {mark}
    </Button>
  );
}

import { Form } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { attendantsApi } from "../../api/attendants";
import type { RingGroup } from "../../api/groups";
import { usePeople } from "../../people/people";
import { useLoaded } from "../../ui/useLoaded";
import styles from "../Admin.module.css";
import { Choice } from "../Choice";
import { type GroupDraft, TARGETS } from "./groupDraft";
import { PeoplePicker } from "./PeoplePicker";

interface Props {
  draft: GroupDraft;
  /** The groups to which its calls may go on. */
  others: readonly RingGroup[];
  onChange: (change: Pick<GroupDraft, "target" | "to">) => void;
}

/** Where a group's calls go when nobody takes them. */
export function GroupTarget({ draft: { target, to }, others, onChange }: Props) {
  const { t } = useTranslation("admin");
  const names = new Map(others.map((group) => [group.id, `${group.name} (${group.extension})`]));
  const attendants = useLoaded(attendantsApi.list).value?.attendants ?? [];
  const answering = new Map(attendants.map((each) => [each.id, `${each.name} (${each.extension})`]));
  const first = { group: others[0]?.id, attendant: attendants[0]?.id };
  const there = (kind: string): boolean => (kind !== "group" && kind !== "attendant") || !!first[kind];
  return (
    <>
      <Choice
        label={t("group_otherwise")}
        values={TARGETS.filter((kind) => target === kind || there(kind))}
        value={target}
        words={(kind) => t(`otherwise_${kind}`)}
        onChoose={(kind) =>
          onChange({ target: kind, to: (kind === "group" || kind === "attendant" ? first[kind] : "") ?? "" })
        }
      />
      {target === "number" && (
        <Form.Field name="otherwise">
          <Form.Label>{t("otherwise_number")}</Form.Label>
          <Form.TextControl
            inputMode="tel"
            autoComplete="off"
            maxLength={40}
            value={to}
            onChange={(event) => onChange({ target, to: event.currentTarget.value })}
          />
        </Form.Field>
      )}
      {target === "group" && (
        <Choice
          label={t("otherwise_group")}
          values={[...names.keys()]}
          value={to}
          words={(id) => names.get(id) ?? id}
          onChoose={(id) => onChange({ target, to: id })}
        />
      )}
      {target === "attendant" && (
        <Choice
          label={t("otherwise_attendant")}
          values={[...answering.keys()]}
          value={to}
          words={(id) => answering.get(id) ?? id}
          onChoose={(id) => onChange({ target, to: id })}
        />
      )}
      {(target === "colleague" || target === "voicemail") && (
        <Colleague userId={to} onChoose={(userId) => onChange({ target, to: userId })} />
      )}
    </>
  );
}

function Colleague({ userId, onChoose }: { userId: string; onChoose: (userId: string) => void }) {
  const { t } = useTranslation("admin");
  const person = usePeople().byId.get(userId);
  return (
    <div className={styles.add}>
      {userId !== "" && (
        <p>
          <strong className={styles.wrap}>{person?.name ?? t("otherwise_gone")}</strong>
        </p>
      )}
      <PeoplePicker
        label={t("otherwise_search")}
        action={t("otherwise_choose")}
        without={[userId]}
        onChoose={(chosen) => onChoose(chosen.user_id)}
      />
    </div>
  );
}

import { Button } from "@vector-im/compound-web";
import { useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Action } from "../../api/attendants";
import admin from "../Admin.module.css";
import { PeoplePicker } from "../groups/PeoplePicker";
import { freshAction, type Kind, KINDS, targetOf } from "./attendantDraft";
import styles from "./Attendants.module.css";
import { MenuCard } from "./MenuCard";
import { AroundContext, useTargetName } from "./names";

interface Props {
  /** Whose it is: a key, or a branch. */
  label: string;
  /** Null where nothing of its own is done. */
  action: Action | null;
  /** The words for that, where it may be. */
  none?: string | undefined;
  /** How many menus lie above. */
  depth: number;
  /** Nobody pressed a key for it: what wants one to be pressed is left out. */
  silent?: boolean;
  onChange: (action: Action | null) => void;
}

/** Menus of one attendant lie so deep at most. */
const DEPTH = 5;

/** What is done: a kind, and whom it reaches. A menu lies below. */
export function ActionField({ label, action, none, depth, silent = false, onChange }: Props) {
  const { t } = useTranslation("admin/attendants");
  const { groups, attendants } = useContext(AroundContext);
  const may = (kind: Kind): boolean => {
    if (kind === action?.kind) return true;
    if (kind === "menu") return depth < DEPTH;
    if (kind === "repeat") return depth > 0 && !silent;
    if (kind === "back") return depth > 1 && !silent;
    if (kind === "extension" || kind === "name") return depth > 0;
    if (kind === "group") return groups.length > 0;
    return kind !== "attendant" || attendants.length > 0;
  };
  return (
    <div className={styles.action}>
      <select
        className={admin.input}
        aria-label={label}
        value={action?.kind ?? ""}
        onChange={({ target: { value } }) => onChange(value === "" ? null : freshAction(value as Kind))}
      >
        {none !== undefined && <option value="">{none}</option>}
        {KINDS.filter(may).map((kind) => (
          <option key={kind} value={kind}>
            {t(`do_${kind}`)}
          </option>
        ))}
      </select>
      {action && <Target label={label} action={action} onChange={onChange} />}
      {action?.kind === "menu" && <MenuCard menu={action} depth={depth + 1} onChange={onChange} />}
    </div>
  );
}

interface TargetProps {
  label: string;
  action: Action;
  onChange: (action: Action) => void;
}

function Target({ label, action, onChange }: TargetProps) {
  const { t } = useTranslation("admin/attendants");
  const { groups, attendants } = useContext(AroundContext);
  switch (action.kind) {
    case "number":
      return (
        <input
          className={admin.input}
          inputMode="tel"
          maxLength={40}
          aria-label={t("target_number", { label })}
          placeholder={t("number")}
          value={action.number}
          onChange={(event) => onChange({ ...action, number: event.target.value })}
        />
      );
    case "group":
      return (
        <OneOf
          label={t("target", { label })}
          list={groups}
          value={action.group_id}
          onChoose={(group_id) => onChange({ ...action, group_id })}
        />
      );
    case "attendant":
      return (
        <OneOf
          label={t("target", { label })}
          list={attendants}
          value={action.attendant_id}
          onChoose={(attendant_id) => onChange({ ...action, attendant_id })}
        />
      );
    case "colleague":
    case "voicemail":
      return <Colleague action={action} onChoose={(user_id) => onChange({ ...action, user_id })} />;
    default:
      return null;
  }
}

interface OneOfProps {
  label: string;
  list: readonly { id: string; name: string; extension: string }[];
  value: string;
  onChoose: (id: string) => void;
}

function OneOf({ label, list, value, onChoose }: OneOfProps) {
  const { t } = useTranslation("admin/attendants");
  return (
    <select
      className={admin.input}
      aria-label={label}
      value={value}
      onChange={(event) => onChoose(event.target.value)}
    >
      <option value="">{t("choose")}</option>
      {list.map((each) => (
        <option key={each.id} value={each.id}>{`${each.name} (${each.extension})`}</option>
      ))}
    </select>
  );
}

function Colleague({ action, onChoose }: { action: Action; onChoose: (userId: string) => void }) {
  const { t } = useTranslation("admin/attendants");
  const { t: words } = useTranslation("admin");
  const nameOf = useTargetName();
  const [searches, setSearches] = useState(false);
  const userId = targetOf(action) ?? "";
  if (userId !== "" && !searches) {
    return (
      <p className={styles.person}>
        <strong className={admin.wrap}>{nameOf(action) || words("otherwise_gone")}</strong>
        <Button type="button" kind="tertiary" size="md" onClick={() => setSearches(true)}>
          {t("change")}
        </Button>
      </p>
    );
  }
  return (
    <PeoplePicker
      label={words("otherwise_search")}
      action={words("otherwise_choose")}
      without={[userId]}
      onChoose={(person) => {
        setSearches(false);
        onChoose(person.user_id);
      }}
    />
  );
}

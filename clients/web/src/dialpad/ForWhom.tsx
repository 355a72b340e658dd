import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { delegatesApi } from "../api/delegates";
import { onServerEvent } from "../api/events";
import { useLoaded } from "../ui/useLoaded";
import styles from "./DialPad.module.css";

interface Props {
  /** A user id, or "" for myself. */
  value: string;
  onChange: (userId: string) => void;
}

/** In whose name I call; nothing where nobody lets me call in theirs. */
export function ForWhom({ value, onChange }: Props) {
  const { t } = useTranslation("dialpad");
  const { value: delegated, load } = useLoaded(delegatesApi.list);
  useEffect(() => onServerEvent("delegates", load), [load]);
  const principals = (delegated?.principals ?? []).filter((one) => one.calls);
  const gone = delegated !== null && value !== "" && !principals.some((one) => one.person.user_id === value);
  useEffect(() => {
    if (gone) onChange("");
  }, [gone, onChange]);
  if (principals.length === 0) return null;
  return (
    <label className={styles.forWhom}>
      <span>{t("for_whom")}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t("for_myself")}</option>
        {principals.map(({ person }) => (
          <option key={person.user_id} value={person.user_id ?? ""}>
            {t("for_somebody", { name: person.name })}
          </option>
        ))}
      </select>
    </label>
  );
}

import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { PageSkeleton } from "../ui/PageSkeleton";
import { loadPeople, type PeopleState } from "../people/people";
import type { Colleague } from "./colleagues";
import styles from "./ColleagueList.module.css";
import { PersonRow } from "./PersonRow";

interface Props {
  status: PeopleState["status"];
  colleagues: readonly Colleague[];
  /** The text by which the list was narrowed, "" for the whole list. */
  query?: string;
  selected?: string | null;
  onOpen?: (userId: string) => void;
}

/** The colleagues in a list, and what is shown in its place while there is none. */
export function ColleagueList({ status, colleagues, query = "", selected = null, onOpen }: Props) {
  const { t } = useTranslation("contacts");
  if (status === "loading") return <PageSkeleton />;
  if (status === "error") {
    return (
      <div className={styles.note} role="alert">
        <p>{t("error")}</p>
        <Button kind="secondary" size="md" onClick={() => void loadPeople()}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  if (colleagues.length === 0) {
    return (
      <div className={styles.note}>
        <strong>{query ? t("filter_none", { query }) : t("empty")}</strong>
        {!query && <p>{t("empty_hint")}</p>}
      </div>
    );
  }
  return (
    <ul role="list" className={styles.list} data-testid="colleagues">
      {colleagues.map((colleague) => {
        const userId = colleague.person.user_id;
        const open = onOpen ? () => onOpen(userId) : undefined;
        return <PersonRow key={userId} colleague={colleague} selected={userId === selected} onOpen={open} />;
      })}
    </ul>
  );
}

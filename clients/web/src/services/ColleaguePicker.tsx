import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person } from "../api/types";
import { matches } from "../contacts/colleagues";
import { usePeople } from "../people/people";
import settings from "../ui/Settings.module.css";
import { SearchField } from "../ui/SearchField";
import styles from "./Services.module.css";

interface Props {
  /** User ids of those who are not to be found. */
  without: readonly string[];
  onChoose: (person: Person) => void;
}

const AT_MOST = 5;

/** A colleague by search; nobody is shown before something is typed. */
export function ColleaguePicker({ without, onChoose }: Props) {
  const { t } = useTranslation("services");
  const { list } = usePeople();
  const [query, setQuery] = useState("");
  const typed = query.trim();
  const others = list.filter((person) => !without.includes(person.user_id));
  const found = typed === "" ? [] : others.filter((person) => matches(person, typed)).slice(0, AT_MOST);
  const choose = (person: Person): void => {
    onChoose(person);
    setQuery("");
  };
  return (
    <div className={settings.section}>
      <SearchField
        label={t("delegate_search")}
        value={query}
        onChange={setQuery}
        onEnter={() => found[0] && choose(found[0])}
      />
      {typed !== "" && found.length === 0 && (
        <p className={settings.hint} role="status">
          {t("delegate_none", { query: typed })}
        </p>
      )}
      {found.map((person) => (
        <div key={person.user_id} className={styles.then}>
          <span className={styles.who}>
            <span className={styles.name}>{person.name}</span>
            <span className={styles.number}>{person.extensions.join(" · ")}</span>
          </span>
          <Button
            type="button"
            kind="secondary"
            size="md"
            aria-label={`${t("delegate_add")}: ${person.name}`}
            onClick={() => choose(person)}
          >
            {t("delegate_add")}
          </Button>
        </div>
      ))}
    </div>
  );
}

import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person } from "../../api/types";
import { matches } from "../../contacts/colleagues";
import { usePeople } from "../../people/people";
import { SearchField } from "../../ui/SearchField";
import styles from "../Admin.module.css";

interface Props {
  label: string;
  /** The word on the button beside each that is found. */
  action: string;
  /** User ids of those who are not to be found. */
  without: readonly string[];
  onChoose: (person: Person) => void;
}

const AT_MOST = 5;

/** Colleagues by search; nobody is shown before something is typed. */
export function PeoplePicker({ label, action, without, onChoose }: Props) {
  const { t } = useTranslation("admin");
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
    <div className={styles.add}>
      <SearchField
        label={label}
        value={query}
        onChange={setQuery}
        onEnter={() => found[0] && choose(found[0])}
      />
      {typed !== "" && found.length === 0 && (
        <p className={styles.about} role="status">
          {t("people_none", { query: typed })}
        </p>
      )}
      <ul role="list" className={styles.box}>
        {found.map((person) => (
          <li key={person.user_id} className={styles.line}>
            <div className={styles.words}>
              <strong className={styles.wrap}>{person.name}</strong>
              <span className={styles.about}>{person.extensions.join(" · ")}</span>
            </div>
            <Button
              type="button"
              kind="secondary"
              size="md"
              aria-label={`${action}: ${person.name}`}
              onClick={() => choose(person)}
            >
              {action}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

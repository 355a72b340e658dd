import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@vector-im/compound-web";
import type { Person } from "../../api/types";
import { SearchField } from "../../ui/SearchField";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { fold } from "../../matrix/rooms";
import { PersonAvatar } from "../../people/PersonAvatar";
import { loadPeople, usePeople } from "../../people/people";
import styles from "./PeoplePicker.module.css";

interface Props {
  /** People not offered, by Matrix id. */
  except: ReadonlySet<string>;
  /** With `chosen` the rows are check boxes; without, buttons. */
  chosen?: ReadonlySet<string>;
  onPick: (person: Person) => void;
  disabled?: boolean;
}

/** The directory, to choose colleagues from by name, e-mail or extension. */
export function PeoplePicker({ except, chosen, onPick, disabled = false }: Props) {
  const { t } = useTranslation("chat");
  const [filter, setFilter] = useState("");
  const { status, list } = usePeople();
  const others = list.filter((person) => !except.has(person.user_id));
  const shown = others.filter((person) => matches(person, filter));
  return (
    <div className={styles.picker}>
      <SearchField
        label={t("new_search")}
        value={filter}
        onChange={setFilter}
        onEnter={() => shown[0] && onPick(shown[0])}
      />
      {status === "loading" && <PageSkeleton rows={4} />}
      {status === "error" && (
        <p className={styles.note}>
          {t("people_failed")}{" "}
          <Button kind="tertiary" onClick={() => void loadPeople()}>
            {t("retry", { ns: "app" })}
          </Button>
        </p>
      )}
      {status === "ready" && shown.length === 0 && (
        <p className={styles.note}>{others.length === 0 ? t("nobody_else") : t("nobody_found")}</p>
      )}
      <ul role="list" className={styles.people}>
        {shown.map((person) => (
          <li key={person.user_id}>
            <button
              type="button"
              className={styles.person}
              disabled={disabled}
              role={chosen ? "checkbox" : undefined}
              aria-checked={chosen?.has(person.user_id)}
              onClick={() => onPick(person)}
            >
              <PersonAvatar userId={person.user_id} name={person.name} size={36} presence />
              <span className={styles.words}>
                <span className={styles.name}>{person.name}</span>
                <span className={styles.detail}>{[...person.extensions, person.email].join(" · ")}</span>
              </span>
              {chosen && (
                <span className={styles.check} data-checked={chosen.has(person.user_id) || undefined} />
              )}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function matches(person: Person, filter: string): boolean {
  const words = fold(filter).split(/\s+/).filter(Boolean);
  const text = fold([person.name, person.email, ...person.extensions].join(" "));
  return words.every((word) => text.includes(word));
}

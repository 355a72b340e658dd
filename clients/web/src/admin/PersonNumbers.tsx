import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type AdminPerson } from "../api/administration";
import { useNumberFormat } from "../numbers/numberFormat";
import styles from "./Admin.module.css";
import { AddLine } from "./AddLine";
import { Confirm } from "./Confirm";

interface Props {
  person: AdminPerson;
  onChanged: (person: AdminPerson) => void;
}

/** The outside numbers that reach a person. */
export function PersonNumbers({ person, onChanged }: Props) {
  const { t } = useTranslation("admin");
  const format = useNumberFormat();
  const [removed, setRemoved] = useState<string | null>(null);
  return (
    <section className={styles.section} aria-labelledby="admin-numbers">
      <h3 id="admin-numbers">{t("numbers")}</h3>
      {person.numbers.length === 0 && <p className={styles.about}>{t("numbers_none")}</p>}
      <ul role="list" className={styles.box}>
        {person.numbers.map((number) => (
          <li key={number} className={styles.line}>
            <strong>{format(number)}</strong>
            <Button
              kind="tertiary"
              size="md"
              destructive
              aria-label={t("remove_of", { what: format(number) })}
              onClick={() => setRemoved(number)}
            >
              {t("remove")}
            </Button>
          </li>
        ))}
      </ul>
      <AddLine
        label={t("number_new")}
        action={t("number_add")}
        inputMode="tel"
        onAdd={async (number) => onChanged(await administration.addNumber(person.id, number))}
      />
      {removed !== null && (
        <Confirm
          title={t("number_remove_title", { number: format(removed) })}
          text={t("number_remove_text", { name: person.name })}
          action={t("remove")}
          onConfirm={async () => onChanged(await administration.removeNumber(removed))}
          onClose={() => setRemoved(null)}
        />
      )}
    </section>
  );
}

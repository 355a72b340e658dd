import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { administration, type NumberRow } from "../api/administration";
import styles from "./Admin.module.css";
import { Confirm } from "./Confirm";
import { navigate, paths } from "../routes/routes";
import { useLoaded } from "../ui/useLoaded";
import { Waiting } from "../ui/Waiting";

/** All outside numbers and whom they reach; they are given out on a person's page. */
export function NumbersPanel() {
  const { t } = useTranslation("admin");
  const loaded = useLoaded(administration.numbers);
  const [removed, setRemoved] = useState<NumberRow | null>(null);
  const rows = loaded.value?.numbers;
  return (
    <section className={styles.single} aria-labelledby="admin-all-numbers">
      <h1 id="admin-all-numbers" className={styles.subtitle}>
        {t("page_numbers")}
      </h1>
      <p className={styles.about}>{t("numbers_hint")}</p>
      {!rows ? (
        <Waiting loaded={loaded} />
      ) : rows.length === 0 ? (
        <p className={styles.note}>{t("all_numbers_none")}</p>
      ) : (
        <ul role="list" className={styles.box}>
          {rows.map((row) => (
            <li key={row.number} className={styles.line}>
              <div className={styles.words}>
                <strong>{row.display}</strong>
                <span className={styles.about}>{owner(row, t)}</span>
              </div>
              {row.person ? (
                <Button
                  kind="tertiary"
                  size="md"
                  destructive
                  aria-label={t("remove_of", { what: row.display })}
                  onClick={() => setRemoved(row)}
                >
                  {t("remove")}
                </Button>
              ) : (
                <Button
                  kind="tertiary"
                  size="md"
                  aria-label={t("edit_title", { name: row.group?.name ?? "" })}
                  onClick={() => navigate(paths.administration("groups"))}
                >
                  {t("edit")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {removed?.person && (
        <Confirm
          title={t("number_remove_title", { number: removed.display })}
          text={t("number_remove_text", { name: removed.person.name })}
          action={t("remove")}
          onConfirm={async () => {
            await administration.removeNumber(removed.number);
            loaded.load();
          }}
          onClose={() => setRemoved(null)}
        />
      )}
    </section>
  );
}

function owner({ person, group }: NumberRow, t: TFunction<"admin">): string {
  if (group) return [group.name, group.extension, t("number_of_group")].join(" · ");
  if (!person) return "";
  return [person.name, ...person.extensions, ...(person.disabled ? [t("disabled")] : [])].join(" · ");
}

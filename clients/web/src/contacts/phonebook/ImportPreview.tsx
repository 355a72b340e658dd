import { useTranslation } from "react-i18next";
import type { ImportFault, ImportReport } from "../../api/phonebooks";
import { i18n } from "../../i18n/i18n";
import styles from "./ImportDialog.module.css";

/** What a file holds: how many contacts it would add, what is wrong line by line, and the first of them. */
export function ImportPreview({ fileName, report }: { fileName: string; report: ImportReport }) {
  const { t } = useTranslation("contacts/phonebook");
  const { count, duplicates, faulty, incomplete, faults, contacts } = report;
  return (
    <div className={styles.preview}>
      <p className={styles.file}>{fileName}</p>
      <ul role="list" className={styles.counts}>
        <li>{t("preview_good", { count })}</li>
        {duplicates > 0 && <li>{t("preview_duplicates", { count: duplicates })}</li>}
        {incomplete > 0 && <li>{t("preview_incomplete", { count: incomplete })}</li>}
        {faulty > 0 && <li data-faulty>{t("preview_faulty", { count: faulty })}</li>}
      </ul>
      {faults.length > 0 && (
        <section aria-labelledby="import-faults">
          <h3 id="import-faults" className={styles.subtitle}>
            {t("faults")}
          </h3>
          <ul role="list" className={styles.rows} data-testid="import-faults">
            {faults.map((fault) => (
              <li key={`${fault.line} ${fault.code} ${fault.value}`} className={styles.row}>
                <span className={styles.place}>{t("line", { line: fault.line })}</span>
                <span>
                  {faultWords(fault)} {fault.kept && fault.code.startsWith("invalid") && t("kept")}
                  {fault.value && <code className={styles.value}>{fault.value}</code>}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {contacts.length > 0 && (
        <section aria-labelledby="import-contacts">
          <h3 id="import-contacts" className={styles.subtitle}>
            {t(contacts.length < count ? "first_contacts" : "contacts")}
          </h3>
          <ul role="list" className={styles.rows} data-testid="import-contacts">
            {contacts.map((contact) => (
              <li
                key={[contact.name, ...contact.numbers.map((each) => each.number), contact.organisation].join(
                  " ",
                )}
                className={styles.contact}
              >
                <strong>{contact.name}</strong>
                <span>
                  {[
                    contact.organisation !== contact.name && contact.organisation,
                    ...contact.numbers.map((number) => number.display),
                    ...contact.emails.map((email) => email.address),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** The words for a fault: our own where the code is known, the server's otherwise. */
function faultWords({ code, message }: ImportFault): string {
  return i18n.exists(code, { ns: "api" }) ? i18n.t(code as "unexpected", { ns: "api" }) : message;
}

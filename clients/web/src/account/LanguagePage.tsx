import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { errorWords } from "../api/errors";
import { toast } from "../ui/toasts";
import { LANGUAGES, language, setLanguage, type Language } from "../i18n/i18n";
import styles from "../ui/Settings.module.css";

/** The language of the pages here, and of the mails and text messages from the server. */
export function LanguagePage() {
  const { t } = useTranslation("account");
  const { t: app } = useTranslation();
  const choose = (next: Language): void => {
    setLanguage(next);
    accounts.speak(next).catch((error: unknown) => toast("error", errorWords(error)));
  };
  return (
    <section className={styles.section}>
      <fieldset className={styles.radios} aria-label={t("page_language")}>
        {LANGUAGES.map((each) => (
          <label key={each} className={styles.radio} lang={each}>
            <input type="radio" name="language" checked={each === language()} onChange={() => choose(each)} />
            {app(`language_${each}`)}
          </label>
        ))}
      </fieldset>
      <p className={styles.hint}>{t("language_hint")}</p>
    </section>
  );
}

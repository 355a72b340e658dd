import { useTranslation } from "react-i18next";
import { ContactBrowser } from "../ContactBrowser";

const TABS = ["personal"] as const;

/** One's own contacts, which nobody else sees. */
export function PhonebookPage() {
  const { t } = useTranslation("contacts/phonebook");
  return <ContactBrowser title={t("title")} tabs={TABS} />;
}

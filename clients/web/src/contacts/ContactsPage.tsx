import { useTranslation } from "react-i18next";
import { useLayout } from "../ui/layout";
import { ContactBrowser } from "./ContactBrowser";

/** On a phone the favourites are a section of their own. */
const TABS = {
  phone: ["all", "internal", "company", "personal"],
  desktop: ["all", "internal", "company", "personal", "favourites"],
} as const;

/** Colleagues and the contacts of both phonebooks. */
export function ContactsPage() {
  const { t } = useTranslation("contacts");
  return <ContactBrowser title={t("title")} tabs={TABS[useLayout()]} />;
}

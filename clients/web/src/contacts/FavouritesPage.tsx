import { useTranslation } from "react-i18next";
import { ContactBrowser } from "./ContactBrowser";

const TABS = ["favourites"] as const;

/** Whom one has given a star: a section of the phone layout. */
export function FavouritesPage() {
  const { t } = useTranslation("contacts");
  return <ContactBrowser title={t("tab_favourites")} tabs={TABS} />;
}

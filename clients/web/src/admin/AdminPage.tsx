import { useTranslation } from "react-i18next";
import { navigate, paths } from "../routes/routes";
import { Segments } from "../ui/Segments";
import { ContactBrowser } from "../contacts/ContactBrowser";
import { isAdministrator } from "../people/roles";
import { useMe } from "../session/session";
import styles from "./Admin.module.css";
import { AttendantsPanel } from "./attendants/AttendantsPanel";
import { AuditPanel } from "./AuditPanel";
import { CallsPanel } from "./calls/CallsPanel";
import { GroupsPanel } from "./groups/GroupsPanel";
import { HoursPanel } from "./hours/HoursPanel";
import { NumbersPanel } from "./NumbersPanel";
import { PeoplePanel } from "./PeoplePanel";
import { RecordingRules } from "./recordings/RecordingRules";
import { ServicesPanel } from "./services/ServicesPanel";
import { TrunksPanel } from "./TrunksPanel";

const PAGES = [
  "people",
  "numbers",
  "groups",
  "attendants",
  "hours",
  "lines",
  "services",
  "calls",
  "recordings",
  "phonebook",
  "activity",
] as const;
type Name = (typeof PAGES)[number];

const BOOK = ["company"] as const;

/** What administrators look after; others are told that it is not for them. */
export function AdminPage({ page }: { page: string }) {
  const { t } = useTranslation("admin");
  const me = useMe();
  if (!isAdministrator(me)) return <p className={styles.note}>{t("not_for_you")}</p>;
  const shown = PAGES.find((name) => name === page) ?? "people";
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <p className={styles.title}>{t("title")}</p>
        <div className={styles.pages}>
          <Segments
            label={t("title")}
            values={PAGES}
            value={shown}
            words={(name) => t(`page_${name}`)}
            onChoose={(name) => navigate(paths.administration(name))}
          />
        </div>
      </header>
      <div className={styles.body}>
        <Page name={shown} />
      </div>
    </div>
  );
}

function Page({ name }: { name: Name }) {
  const { t } = useTranslation("admin");
  switch (name) {
    case "people":
      return <PeoplePanel />;
    case "numbers":
      return <NumbersPanel />;
    case "groups":
      return <GroupsPanel />;
    case "attendants":
      return <AttendantsPanel />;
    case "hours":
      return <HoursPanel />;
    case "lines":
      return <TrunksPanel />;
    case "services":
      return <ServicesPanel />;
    case "calls":
      return <CallsPanel />;
    case "recordings":
      return <RecordingRules />;
    case "phonebook":
      return <ContactBrowser title={t("page_phonebook")} tabs={BOOK} />;
    case "activity":
      return <AuditPanel />;
  }
}

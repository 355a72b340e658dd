import ArrowLeftIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-left";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayout } from "../app/layout";
import { RoundButton } from "../calls/RoundButton";
import { ColleagueList } from "./ColleagueList";
import { matches, useColleagues } from "./colleagues";
import { ContactCard } from "./ContactCard";
import styles from "./ContactsPage.module.css";

/** All colleagues with presence, and the card of one of them: beside the list, or in its place on a phone. */
export function ContactsPage() {
  const { t } = useTranslation("contacts");
  const phone = useLayout() === "phone";
  const { status, colleagues } = useColleagues();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const query = useDeferredValue(text.trim());
  const shown = query ? colleagues.filter(({ person }) => matches(person, query)) : colleagues;
  const open = colleagues.find(({ person }) => person.user_id === chosen);
  if (phone && open) {
    return (
      <div className={styles.alone}>
        <RoundButton Icon={ArrowLeftIcon} label={t("title")} kind="quiet" onClick={() => setChosen(null)} />
        <ContactCard colleague={open} />
      </div>
    );
  }
  return (
    <div className={styles.page}>
      <section className={styles.people} aria-labelledby="contacts-title">
        <header className={styles.head}>
          <h1 id="contacts-title" className={styles.title}>
            {t("title")}
          </h1>
          <input
            type="search"
            className={styles.filter}
            aria-label={t("filter")}
            placeholder={t("filter")}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </header>
        <ColleagueList
          status={status}
          colleagues={shown}
          query={query}
          selected={chosen}
          onOpen={setChosen}
        />
      </section>
      {!phone && (
        <div className={styles.side}>
          {open ? <ContactCard colleague={open} /> : <p className={styles.hint}>{t("choose")}</p>}
        </div>
      )}
    </div>
  );
}

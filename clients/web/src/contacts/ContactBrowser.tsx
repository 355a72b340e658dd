import ArrowLeftIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-left";
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Contact, type Entry, phonebooks, type Tab } from "../api/phonebooks";
import { errorWords } from "../api/errors";
import { useLayout } from "../ui/layout";
import { SearchField } from "../ui/SearchField";
import { Segments } from "../ui/Segments";
import { toast } from "../ui/toasts";
import { RoundButton } from "../ui/RoundButton";
import { StartMeeting } from "../meetings/room/StartMeeting";
import { isAdministrator } from "../people/roles";
import { BookToolbar } from "./phonebook/BookToolbar";
import { ContactEditor } from "./phonebook/ContactEditor";
import { removeContact } from "./phonebook/remove";
import { useMe } from "../session/session";
import styles from "./ContactsPage.module.css";
import { contactEntry, entryKey, withFavourite } from "./entries";
import { EntryCard } from "./EntryCard";
import { EntryListView } from "./EntryListView";
import { useFound, useTab } from "./useEntries";

interface Props {
  title: string;
  /** The lists that can be chosen; with one there is no choice. */
  tabs: readonly [Tab, ...Tab[]];
  /** Above the title. */
  heading?: ReactNode;
}

/** Lists of people and contacts with one search, and the card of one: beside, or in its place on a phone. */
export function ContactBrowser({ title, tabs, heading }: Props) {
  const { t } = useTranslation("contacts");
  const titleId = useId();
  const phone = useLayout() === "phone";
  const me = useMe();
  const [tab, setTab] = useState<Tab>(tabs[0]);
  const several = tabs.length > 1;
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<Entry | null>(null);
  const [edited, setEdited] = useState<Contact | null>(null);
  const all = useTab(tab);
  const found = useFound(text, several ? "all" : tab);
  const list = found?.list ?? all;
  const alone = phone && chosen !== null;
  useKeptScroll(alone);

  const put = (entry: Entry): void => {
    setChosen((open) => (open && entryKey(open) === entryKey(entry) ? entry : open));
    const fits =
      tab !== "favourites" || (entry.kind === "person" ? entry.favourite : entry.contact.favourite);
    if (fits) all.put(entry);
    else all.drop(entryKey(entry));
    found?.list.put(entry);
  };
  const favourite = (entry: Entry, marked: boolean): void => {
    put(withFavourite(entry, marked));
    phonebooks.mark(entry, marked).catch((error: unknown) => {
      put(entry);
      toast("error", errorWords(error));
    });
  };
  const remove = (contact: Contact): void => {
    setChosen(null);
    for (const each of [all, found?.list]) each?.drop(contact.id);
    void removeContact(contact, (restored) => put(contactEntry(restored)));
  };
  const writable = (book: Contact["phonebook"]): boolean => book === "personal" || isAdministrator(me);
  const mayChange = chosen?.kind === "contact" && writable(chosen.contact.phonebook);
  const card = chosen && (
    <EntryCard
      key={entryKey(chosen)}
      entry={chosen}
      onFavourite={favourite}
      onEdit={mayChange ? setEdited : undefined}
      onDelete={mayChange ? remove : undefined}
    />
  );
  const book = tab === "personal" || tab === "company" ? tab : null;
  return (
    <div className={styles.page}>
      <section className={styles.people} aria-labelledby={titleId} hidden={alone}>
        <header className={styles.head}>
          {heading}
          <div className={styles.titleRow}>
            <h1 id={titleId} className={styles.title}>
              {title}
            </h1>
            {tab === "all" || tab === "internal" ? <StartMeeting /> : null}
            {book && (
              <BookToolbar
                book={book}
                writable={writable(book)}
                onAdded={(contact) => {
                  put(contactEntry(contact));
                  setChosen(contactEntry(contact));
                }}
                onImported={() => void all.load()}
              />
            )}
          </div>
          <SearchField label={t(several ? "filter" : "filter_here")} value={text} onChange={setText} />
          {several && !found && (
            <Segments
              label={title}
              values={tabs}
              value={tab}
              words={(each) => t(`tab_${each}`)}
              onChoose={setTab}
            />
          )}
        </header>
        <EntryListView
          list={list}
          selected={chosen && entryKey(chosen)}
          mixed={several ? found !== null || tab === "all" || tab === "favourites" : tab === "favourites"}
          empty={found ? <strong>{t("filter_none", { query: found.query })}</strong> : <EmptyTab tab={tab} />}
          onOpen={setChosen}
        />
      </section>
      {alone ? (
        <div className={styles.alone}>
          <RoundButton Icon={ArrowLeftIcon} label={title} kind="quiet" onClick={() => setChosen(null)} />
          {card}
        </div>
      ) : (
        !phone && <div className={styles.side}>{card ?? <p className={styles.hint}>{t("choose")}</p>}</div>
      )}
      {edited && (
        <ContactEditor
          book={edited.phonebook}
          contact={edited}
          onSaved={(contact) => put(contactEntry(contact))}
          onClose={() => setEdited(null)}
        />
      )}
    </div>
  );
}

function EmptyTab({ tab }: { tab: Tab }) {
  const { t } = useTranslation("contacts");
  return (
    <>
      <strong>{t(`empty_${tab}`)}</strong>
      <p>{t(`empty_${tab}_hint`)}</p>
    </>
  );
}

/** Where the list stood before a card took its place is where it stands afterwards. */
function useKeptScroll(alone: boolean): void {
  const kept = useRef(0);
  useLayoutEffect(() => {
    const scroller = document.getElementById("content");
    if (!scroller) return undefined;
    if (!alone) {
      scroller.scrollTop = kept.current;
      const follow = (): void => {
        kept.current = scroller.scrollTop;
      };
      scroller.addEventListener("scroll", follow, { passive: true });
      return () => scroller.removeEventListener("scroll", follow);
    }
    scroller.scrollTop = 0;
    return undefined;
  }, [alone]);
}

import SearchIcon from "@vector-im/compound-design-tokens/assets/web/icons/search";
import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRooms } from "../matrix/rooms";
import { usePeople } from "../people/people";
import { navigate, paths } from "../routes/routes";
import { DayChoice, SelectChoice } from "../ui/choices";
import { Empty } from "../ui/Empty";
import { FilterBar } from "../ui/FilterBar";
import { PageSkeleton } from "../ui/PageSkeleton";
import { SearchField } from "../ui/SearchField";
import { MessageHitRow } from "./MessageHitRow";
import { ANYTHING, asked, narrowing, type Question } from "./question";
import styles from "./Search.module.css";
import { useMessages } from "./useMessages";

const FILES = ["any", "files"] as const;

/** Looks through what was said in all of one's conversations; a press leads to the message. */
export function SearchPage({ words }: { words: string }) {
  const { t } = useTranslation("search");
  const [question, setQuestion] = useState<Question>({ ...ANYTHING, words });
  const text = asked(question);
  const found = useMessages(text);
  // The address holds the words: going back to the page shows the same.
  useEffect(() => {
    const timer = setTimeout(() => navigate(paths.search(question.words.trim()), { replace: true }), 400);
    return () => clearTimeout(timer);
  }, [question.words]);
  const change = (part: Partial<Question>): void => setQuestion({ ...question, ...part });
  return (
    <section className={styles.page} aria-labelledby="search-title">
      <header className={styles.head}>
        <h1 id="search-title" className={styles.title}>
          {t("title")}
        </h1>
        <FilterBar
          field={
            <SearchField
              label={t("field")}
              value={question.words}
              onChange={(next) => change({ words: next })}
            />
          }
          count={narrowing(question)}
          onReset={() => setQuestion({ ...ANYTHING, words: question.words })}
        >
          <Filters question={question} change={change} />
        </FilterBar>
      </header>
      <Found text={text} found={found} />
    </section>
  );
}

function Filters({ question, change }: { question: Question; change: (part: Partial<Question>) => void }) {
  const { t } = useTranslation("search");
  const { list: people } = usePeople();
  const { byId: rooms } = useRooms();
  const names = new Map(people.map((person) => [person.user_id, person.name]));
  const joined = [...rooms.values()].filter((room) => room.membership === "join");
  return (
    <>
      <SelectChoice
        label={t("from")}
        values={["", ...names.keys()]}
        value={question.from}
        words={(each) => names.get(each) ?? t("anybody")}
        onChoose={(from) => change({ from })}
      />
      <SelectChoice
        label={t("in")}
        values={["", ...joined.toSorted((a, b) => a.name.localeCompare(b.name)).map((room) => room.roomId)]}
        value={question.room}
        words={(each) => rooms.get(each)?.name ?? t("everywhere")}
        onChoose={(room) => change({ room })}
      />
      <SelectChoice
        label={t("what")}
        values={FILES}
        value={question.files ? "files" : "any"}
        words={(each) => t(`what_${each}`)}
        onChoose={(what) => change({ files: what === "files" })}
      />
      <DayChoice label={t("since")} value={question.since} onChoose={(since) => change({ since })} />
      <DayChoice label={t("until")} value={question.until} onChoose={(until) => change({ until })} />
    </>
  );
}

/** Codes of the server that have words of their own. */
const REFUSED = ["search_too_short", "search_too_long"] as const;

function Found({ text, found }: { text: string; found: ReturnType<typeof useMessages> }) {
  const { t } = useTranslation("search");
  if (!text) return <Empty Icon={SearchIcon} title={t("nothing_title")} text={t("nothing_text")} />;
  if (found.asked === "") return <PageSkeleton rows={6} />;
  const refused = REFUSED.find((code) => code === found.error);
  if (refused) return <Empty Icon={SearchIcon} title={t(refused)} />;
  if (found.error && found.hits.length === 0) return <Empty Icon={SearchIcon} title={t("failed")} />;
  if (found.hits.length === 0)
    return <Empty Icon={SearchIcon} title={t("none_title")} text={t("none_text")} />;
  return (
    <>
      <p className="visually-hidden" role="status">
        {t("count", { count: found.hits.length })}
      </p>
      <ul role="list" className={styles.list} aria-busy={found.asked !== text}>
        {found.hits.map((hit) => (
          <li key={hit.event_id}>
            <a className={styles.hit} href={`#${paths.message(hit.room_id, hit.event_id)}`}>
              <MessageHitRow hit={hit} />
            </a>
          </li>
        ))}
      </ul>
      {found.error && <p className={styles.note}>{t("failed")}</p>}
      {found.next !== null && (
        <div className={styles.more}>
          <Button kind="tertiary" size="md" disabled={found.loadingMore} onClick={found.more}>
            {t("more")}
          </Button>
        </div>
      )}
      <p className={styles.note}>{t("encrypted_note")}</p>
    </>
  );
}

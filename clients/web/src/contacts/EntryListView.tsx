import { Button } from "@vector-im/compound-web";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Entry } from "../api/phonebooks";
import { PageSkeleton } from "../ui/PageSkeleton";
import { useMe } from "../session/session";
import { useStore } from "../state/store";
import { Chunk } from "./Chunk";
import styles from "./ColleagueList.module.css";
import { type EntryList, entryKey } from "./entries";
import { EntryRow } from "./EntryRow";

/** Rows that come and go together. */
const CHUNK = 50;

interface Props {
  list: EntryList;
  selected: string | null;
  mixed: boolean;
  /** What stands in the place of an empty list. */
  empty: ReactNode;
  onOpen: (entry: Entry) => void;
}

/** A list of colleagues and contacts that goes on loading while one scrolls. */
export function EntryListView({ list, selected, mixed, empty, onOpen }: Props) {
  const { t } = useTranslation("contacts");
  const { status, entries, next, loadingMore } = useStore(list.state);
  const me = useMe().user_id;
  if (status === "loading") return <PageSkeleton />;
  if (status === "error") {
    return (
      <div className={styles.note} role="alert">
        <p>{t("error")}</p>
        <Button kind="secondary" size="md" onClick={() => void list.load()}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  const others = entries.filter((entry) => entryKey(entry) !== me);
  if (others.length === 0 && next === null) return <div className={styles.note}>{empty}</div>;
  return (
    <>
      <div className={styles.list} data-testid="entries">
        {chunksOf(others).map((chunk, index) => (
          // Chunks are places in the list: what is put in before moves through them.
          // oxlint-disable-next-line react/no-array-index-key
          <Chunk key={index} className={styles.chunk}>
            {() =>
              chunk.map((entry) => {
                const key = entryKey(entry);
                return (
                  <EntryRow
                    key={key}
                    entry={entry}
                    selected={key === selected}
                    mixed={mixed}
                    onOpen={onOpen}
                  />
                );
              })
            }
          </Chunk>
        ))}
      </div>
      {next !== null && <More busy={loadingMore} onMore={() => void list.loadMore()} />}
    </>
  );
}

function chunksOf(entries: readonly Entry[]): Entry[][] {
  const count = Math.ceil(entries.length / CHUNK);
  return Array.from({ length: count }, (_, index) => entries.slice(index * CHUNK, (index + 1) * CHUNK));
}

/** Loads the next page when it is about to come into view, or when it is pressed. */
function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  const { t } = useTranslation("contacts");
  const end = useRef<HTMLDivElement>(null);
  const more = useRef(onMore);
  useEffect(() => {
    more.current = onMore;
  });
  useEffect(() => {
    const { current } = end;
    if (!current || busy) return undefined;
    const observer = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && more.current(), {
      rootMargin: "600px",
      scrollMargin: "600px",
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [busy]);
  return (
    <div ref={end} className={styles.more}>
      <Button kind="tertiary" size="md" disabled={busy} onClick={onMore}>
        {t("more")}
      </Button>
    </div>
  );
}

import { Button } from "@vector-im/compound-web";
import ArrowDownIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-down";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { navigate, paths } from "../../routes/routes";
import type { RoomTimeline } from "../../matrix/live/timeline";
import type { RoomSummary } from "../../matrix/rooms";
import type { TimelineState } from "../../matrix/timeline";
import { useStore } from "../../state/store";
import { layOut, type Row } from "./grouping";
import { MessageRow } from "./MessageRow";
import { DayRow, NoticeRow, UnreadRow } from "./QuietRows";
import { ReadBy } from "./ReadBy";
import styles from "./Timeline.module.css";
import { useMarkRead } from "./useMarkRead";
import { useStableScroll } from "./useStableScroll";

interface Props {
  timeline: RoomTimeline;
  /** The message to begin at; null: the latest. */
  focus: string | null;
  summary: RoomSummary;
}

/** All that was said, oldest at the top; pages come as the reader scrolls. */
export function Timeline({ timeline, focus, summary }: Props) {
  const { t } = useTranslation("chat");
  const state = useStore(timeline.store);
  const rows = useMemo(() => layOut(state.entries, state.unreadAfter), [state.entries, state.unreadAfter]);
  const { scroller, content, atEnd: below, toEnd: scrollToEnd } = useStableScroll(state);
  const present = state.newer === "none";
  const atEnd = below && present;
  const { roomId } = summary;
  const toEnd = useCallback(
    (smooth = false) => (present ? scrollToEnd(smooth) : navigate(paths.room(roomId), { replace: true })),
    [present, scrollToEnd, roomId],
  );
  const goTo = useGoTo(timeline, roomId, scroller);
  useFocus(focus, goTo);
  const missed = useMissedBelow(state, atEnd);
  useMarkRead(state, atEnd);
  useOwnMessagesAtEnd(state, toEnd);
  const name = summary.name;
  return (
    <div className={styles.frame}>
      {/* A region that scrolls must be reachable by keyboard. */}
      <div
        ref={scroller}
        className={styles.scroller}
        role="region"
        aria-label={t("timeline", { name })}
        tabIndex={0}
      >
        {state.status === "loading" && state.entries.length === 0 ? (
          <PageSkeleton rows={8} />
        ) : (
          <Older state={state} summary={summary} loadOlder={timeline.loadOlder} scroller={scroller} />
        )}
        <ol ref={content} role="list" className={styles.rows} onKeyDown={moveAlong}>
          {rows.map((row, index) => (
            // A separator moves when older messages of its day come: it is nothing to hold on to.
            <li
              key={row.key}
              data-row={"message" in row || "entry" in row ? row.key : undefined}
              className={styles.row}
            >
              <RowView
                row={row}
                state={state}
                summary={summary}
                latest={index === rows.length - 1}
                goTo={goTo}
              />
            </li>
          ))}
        </ol>
        {!present && <Newer state={state} loadNewer={timeline.loadNewer} scroller={scroller} />}
      </div>
      {!atEnd && (
        <div className={styles.latest}>
          <Button kind="secondary" Icon={ArrowDownIcon} onClick={() => toEnd(true)}>
            {missed > 0 ? t("to_latest_new", { count: missed }) : t("to_latest")}
          </Button>
        </div>
      )}
    </div>
  );
}

interface RowProps {
  row: Row;
  state: TimelineState;
  summary: RoomSummary;
  latest: boolean;
  goTo: (eventId: string) => void;
}

function RowView({ row, state, summary, latest, goTo }: RowProps) {
  if (row.type === "day") return <DayRow ts={row.ts} />;
  if (row.type === "unread") return <UnreadRow />;
  const readers = state.readers.get(row.key);
  return (
    <>
      {row.type === "notice" ? (
        <NoticeRow notice={row.entry} />
      ) : (
        <MessageRow
          message={row.message}
          first={row.first}
          last={row.last}
          group={summary.otherUserId === null}
          latest={latest}
          goTo={goTo}
        />
      )}
      {readers && <ReadBy readers={readers} />}
    </>
  );
}

interface NewerProps {
  state: TimelineState;
  loadNewer: () => Promise<void>;
  scroller: React.RefObject<HTMLDivElement | null>;
}

interface OlderProps {
  state: TimelineState;
  summary: RoomSummary;
  loadOlder: () => Promise<void>;
  scroller: React.RefObject<HTMLDivElement | null>;
}

/** The head of the timeline: asks for older messages when it comes near, and says when there are no more. */
function Older({ state, summary, loadOlder, scroller }: OlderProps) {
  const { t } = useTranslation("chat");
  const mark = useRef<HTMLDivElement>(null);
  const more = state.older === "more";
  useEffect(() => {
    if (!more || !mark.current) return undefined;
    const observer = new IntersectionObserver(
      (seen) => seen.some((each) => each.isIntersecting) && void loadOlder(),
      { root: scroller.current, rootMargin: "800px 0px 0px" },
    );
    observer.observe(mark.current);
    return () => observer.disconnect();
    // The entries: after a short page the mark may still be in sight, which the observer must tell again.
  }, [more, loadOlder, scroller, state.entries.length]);
  return (
    <div ref={mark} className={styles.older}>
      {state.older === "loading" && (
        <span className={styles.spinner} role="status" aria-label={t("loading_older")} />
      )}
      {state.older === "failed" && (
        <p>
          {t("older_failed")}{" "}
          <Button kind="tertiary" onClick={() => void loadOlder()}>
            {t("retry", { ns: "app" })}
          </Button>
        </p>
      )}
      {state.older === "none" && (
        <p>{t(summary.otherUserId ? "beginning" : "beginning_group", { name: summary.name })}</p>
      )}
    </div>
  );
}

/** The foot of a timeline of the past: asks for newer messages when it comes near. */
function Newer({ state, loadNewer, scroller }: NewerProps) {
  const { t } = useTranslation("chat");
  const mark = useRef<HTMLDivElement>(null);
  const more = state.newer === "more";
  useEffect(() => {
    if (!more || !mark.current) return undefined;
    const observer = new IntersectionObserver(
      (seen) => seen.some((each) => each.isIntersecting) && void loadNewer(),
      { root: scroller.current, rootMargin: "0px 0px 400px" },
    );
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, [more, loadNewer, scroller, state.entries.length]);
  return (
    <div ref={mark} className={styles.older}>
      {state.newer === "loading" && (
        <span className={styles.spinner} role="status" aria-label={t("loading_newer")} />
      )}
      {state.newer === "failed" && (
        <p>
          {t("older_failed")}{" "}
          <Button kind="tertiary" onClick={() => void loadNewer()}>
            {t("retry", { ns: "app" })}
          </Button>
        </p>
      )}
    </div>
  );
}

/** Begins at a message, once. */
function useFocus(focus: string | null, goTo: (eventId: string) => void): void {
  const done = useRef(false);
  useEffect(() => {
    if (focus && !done.current) goTo(focus);
    done.current = true;
  }, [focus, goTo]);
}

/** Scrolls to a message and makes it stand out; one that is far is read with what is around it. */
function useGoTo(
  timeline: RoomTimeline,
  roomId: string,
  scroller: React.RefObject<HTMLDivElement | null>,
): (eventId: string) => void {
  return useCallback(
    (eventId: string) => {
      const find = async (pagesLeft: number): Promise<void> => {
        const entry = timeline.store
          .get()
          .entries.find((each) => each.type === "message" && each.eventId === eventId);
        if (!entry && pagesLeft > 0 && timeline.store.get().older !== "none") {
          await timeline.loadOlder();
          return find(pagesLeft - 1);
        }
        if (!entry) {
          navigate(paths.message(roomId, eventId));
          return undefined;
        }
        // After the next paint the row is there.
        requestAnimationFrame(() => {
          const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(entry.key)}"]`);
          row?.scrollIntoView({ block: "center" });
          row?.animate({ background: ["var(--cpd-color-bg-accent-selected)", "transparent"] }, 1600);
        });
        return undefined;
      };
      void find(2);
    },
    [timeline, scroller, roomId],
  );
}

/** How many messages of others came while the reader was further up. */
function useMissedBelow(state: TimelineState, atEnd: boolean): number {
  const newest = state.entries.at(-1)?.key ?? null;
  const [seen, setSeen] = useState<string | null>(newest);
  if (atEnd && seen !== newest) setSeen(newest);
  if (atEnd) return 0;
  const index = state.entries.findLastIndex((entry) => entry.key === seen);
  return state.entries.slice(index + 1).filter((entry) => entry.type === "message" && !entry.own).length;
}

/** What I write is shown, wherever I was reading. */
function useOwnMessagesAtEnd(state: TimelineState, toEnd: () => void): void {
  const newest = state.entries.at(-1);
  const sending = newest?.type === "message" && newest.own && newest.status === "sending" ? newest.key : null;
  useEffect(() => {
    if (sending) toEnd();
  }, [sending, toEnd]);
}

/** The arrows go from message to message; Tab leads to the actions of the one in focus. */
function moveAlong(event: KeyboardEvent<HTMLOListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const from = (event.target as HTMLElement).closest<HTMLElement>("[data-message]");
  if (!step || !from || event.target !== from) return;
  const messages = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-message]")];
  const next = messages[messages.indexOf(from) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

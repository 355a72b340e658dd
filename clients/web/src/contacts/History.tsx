import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import { type Entry, phonebooks } from "../api/phonebooks";
import type { CallRecord } from "../api/types";
import { DirectionIcon } from "../calls/DirectionIcon";
import { merge } from "../calls/records";
import { dateLocale } from "../ui/dates";
import { daysAgo } from "../ui/days";
import { useNow } from "../ui/now";
import { isMissed, outcomeKey, spokenFor } from "../calls/outcome";
import { formatDuration } from "../calls/duration";
import { paths } from "../routes/routes";
import styles from "./ContactCard.module.css";
import { entryKey, isWith } from "./entries";

const SHOWN = 8;

type Loaded = { key: string; calls: readonly CallRecord[] | null };

/** The newest calls with somebody as they happen, and the way to what was written. */
export function History({ entry }: { entry: Entry }) {
  const { t } = useTranslation("contacts");
  const calls = useCallsWith(entry);
  const room = calls?.find((call) => call.room_id !== null)?.room_id;
  return (
    <section className={styles.history} aria-labelledby="contact-history" aria-busy={calls === undefined}>
      <header className={styles.historyHead}>
        <h3 id="contact-history">{t("history")}</h3>
        {room && (
          <a className={styles.link} href={`#${paths.room(room)}`}>
            {t("history_chat")}
          </a>
        )}
      </header>
      {calls === null && <p className={styles.phone}>{t("history_failed")}</p>}
      {calls?.length === 0 && <p className={styles.phone}>{t("history_none")}</p>}
      {calls && calls.length > 0 && (
        <ul role="list" className={styles.facts}>
          {calls.slice(0, SHOWN).map((call) => (
            <Row key={call.id} call={call} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** The calls with somebody, kept true to the server's events; null when they cannot be had, undefined until then. */
function useCallsWith(entry: Entry): readonly CallRecord[] | null | undefined {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const key = entryKey(entry);
  const load = useEffectEvent((wanted: () => boolean) => {
    phonebooks.calls(entry).then(
      ({ calls }) => wanted() && setLoaded({ key, calls }),
      // What is shown already is better than nothing.
      () => wanted() && setLoaded((before) => (before?.key === key ? before : { key, calls: null })),
    );
  });
  const take = useEffectEvent((call: CallRecord) => {
    if (!isWith(entry, call)) return;
    setLoaded((before) => (before?.calls ? { ...before, calls: merge(before.calls, [call]) } : before));
  });
  useEffect(() => {
    let here = true;
    const wanted = (): boolean => here;
    load(wanted);
    const ends = [onServerEventsOpen(() => load(wanted)), onServerEvent("calls", ({ call }) => take(call))];
    return () => {
      here = false;
      for (const end of ends) end();
    };
  }, [key]);
  return loaded?.key === key ? loaded.calls : undefined;
}

function Row({ call }: { call: CallRecord }) {
  const { t } = useTranslation("calllog");
  const spoken = spokenFor(call);
  const day = useDayWords(call.started_at);
  const time = new Intl.DateTimeFormat(dateLocale(), { hour: "2-digit", minute: "2-digit" });
  const Kind = call.video ? VideoCallIcon : VoiceCallIcon;
  return (
    <li className={styles.fact} data-missed={isMissed(call) || undefined}>
      <span className={styles.what}>
        <DirectionIcon call={call} />
        <Kind width={16} height={16} role="img" aria-label={t(call.video ? "video" : "audio")} />
        {t(`direction_${call.direction}`)}
        {isMissed(call) || call.outcome !== "answered" ? ` · ${t(outcomeKey(call))}` : ""}
      </span>
      <span className={styles.when}>
        <time dateTime={new Date(call.started_at).toISOString()}>
          {day} {time.format(call.started_at)}
        </time>
        {spoken !== null && ` · ${formatDuration(spoken)}`}
      </span>
    </li>
  );
}

/** "Today", "Yesterday", else the date. */
function useDayWords(at: number): string {
  const { t } = useTranslation("calllog");
  const ago = daysAgo(new Date(at), new Date(useNow()));
  if (ago === 0 || ago === 1) return t(ago === 0 ? "today" : "yesterday");
  return new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium" }).format(at);
}

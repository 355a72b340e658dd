import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Calendar, type Calendars as State, calendarsApi } from "../api/calendars";
import { ApiError } from "../api/client";
import { errorWords } from "../api/errors";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import { atMoment, ownZone } from "../hours/words";
import settings from "../ui/Settings.module.css";
import { useNow } from "../ui/now";
import { toast } from "../ui/toasts";
import { useLoaded } from "../ui/useLoaded";
import { CalendarDialog } from "./CalendarDialog";
import { isOver, nextWords } from "./calendarWords";
import styles from "./Services.module.css";
import { SwitchRow } from "./SwitchRow";

/** As many as the house takes. */
const MOST = 5;

/** Calendars by whose appointments colleagues see that I am in a meeting. */
export function Calendars() {
  const { t } = useTranslation("services");
  const { value, set, load } = useLoaded(calendarsApi.list);
  const [adding, setAdding] = useState(false);
  useEffect(() => {
    const ends = [onServerEventsOpen(load), onServerEvent("calendars", load)];
    return () => {
      for (const end of ends) end();
    };
  }, [load]);
  const now = useNow();
  const over = value?.calendars.some((one) => isOver(one, now)) ?? false;
  useEffect(() => {
    if (over) load();
  }, [over, load]);
  if (!value) return null;
  const ask = async (answer: Promise<State>): Promise<void> => {
    try {
      const changed = await answer;
      set(() => changed);
    } catch (error) {
      toast("error", errorWords(error));
      // A read that failed has left a word at its calendar.
      load();
    }
  };
  const change = (wanted: Partial<Pick<State, "whole_days" | "silent">>): void => {
    set((before) => ({ ...before, ...wanted }));
    void ask(calendarsApi.change(wanted));
  };
  return (
    <section className={settings.section} data-testid="calendars">
      <div>
        <h2>{t("calendars")}</h2>
        <p className={settings.hint}>{t("calendars_hint")}</p>
      </div>
      {value.calendars.map((one) => (
        <Row
          key={one.id}
          calendar={one}
          now={now}
          onRead={() => ask(calendarsApi.read(one.id))}
          onRemove={() => void ask(calendarsApi.remove(one.id))}
        />
      ))}
      {value.calendars.length < MOST && (
        <div>
          <Button kind="secondary" size="md" onClick={() => setAdding(true)}>
            {t("calendar_add")}
          </Button>
        </div>
      )}
      {value.calendars.length > 0 && (
        <>
          <SwitchRow
            label={t("calendar_silent")}
            hint={t("calendar_silent_hint")}
            on={value.silent}
            onSwitch={(silent) => change({ silent })}
          />
          <SwitchRow
            label={t("calendar_whole_days")}
            hint={t("calendar_whole_days_hint")}
            on={value.whole_days}
            onSwitch={(whole) => change({ whole_days: whole })}
          />
        </>
      )}
      {adding && (
        <CalendarDialog
          onClose={() => setAdding(false)}
          onAdded={(changed) => {
            set(() => changed);
            setAdding(false);
          }}
        />
      )}
    </section>
  );
}

interface RowProps {
  calendar: Calendar;
  now: number;
  onRead: () => Promise<void>;
  onRemove: () => void;
}

function Row({ calendar, now, onRead, onRemove }: RowProps) {
  const { t } = useTranslation("services");
  const [busy, setBusy] = useState(false);
  const { name, host, problem } = calendar;
  const read = async (): Promise<void> => {
    setBusy(true);
    await onRead();
    setBusy(false);
  };
  return (
    <div className={styles.delegate}>
      <div className={styles.mobile}>
        <span className={styles.who}>
          <span className={styles.name}>{name}</span>
          {name !== host && <span className={styles.number}>{host}</span>}
        </span>
        <span className={settings.buttons}>
          <Button
            kind="tertiary"
            size="md"
            disabled={busy}
            aria-label={t("calendar_read_of", { name })}
            onClick={() => void read()}
          >
            {t("calendar_read")}
          </Button>
          <Button
            kind="tertiary"
            size="md"
            destructive
            aria-label={t("calendar_remove_of", { name })}
            onClick={onRemove}
          >
            {t("calendar_remove")}
          </Button>
        </span>
      </div>
      <p className={settings.hint}>{nextWords(calendar, now, t)}</p>
      <p className={settings.hint}>
        {t("calendar_read_at", { at: atMoment(calendar.read_at, now, ownZone()) })}
      </p>
      <div role="status">
        {problem !== null && (
          <p className={styles.trouble}>
            {t("calendar_trouble", { why: errorWords(new ApiError(problem, 400, "")) })}
          </p>
        )}
      </div>
    </div>
  );
}

import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type NewDivision, meetings } from "../../api/meetings";
import { inMeeting } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import styles from "./Breakouts.module.css";
import { DivisionError } from "./DivisionError";
import { PersonRow } from "./PersonRow";
import { roomName } from "./places";
import { MOST_ROOMS, moved } from "./plan";
import { useLeft } from "./useLeft";
import type { Occupied, Somebody } from "./whereabouts";

/** How long people have to come to an end, in seconds. */
const NOTICE = 30;

interface Props {
  meetingId: string;
  meeting: MeetingSnapshot;
  rooms: readonly Occupied[];
}

/** Who is in which room; people can be put elsewhere, rooms joined, added and closed. */
export function OpenRooms({ meetingId, meeting: { place, breakouts }, rooms }: Props) {
  const { t } = useTranslation("meetings/breakouts");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const left = useLeft(breakouts.closesAt);
  const attempt = async (work: Promise<unknown>): Promise<void> => {
    setBusy(true);
    setError(null);
    // The change itself comes with the server's events.
    await work.catch(setError);
    setBusy(false);
  };
  const divide = (division: NewDivision["breakouts"]): void =>
    void attempt(meetings.divide(meetingId, { breakouts: division }));
  const add = (): void => {
    const name = t("room", { number: breakouts.rooms.length + 1 });
    divide([...moved(breakouts, "", null), { name, people: [] }]);
  };
  const row = (person: Somebody, detail: string | null) => (
    <PersonRow
      key={person.id}
      person={person}
      detail={detail}
      rooms={breakouts.rooms}
      value={person.mine}
      disabled={busy}
      onChoose={(room) => divide(moved(breakouts, person.id, room))}
    />
  );
  const detailOf = (person: Somebody, room: Occupied): string | null => {
    if (person.mine === room.id) return null;
    const own = roomName(breakouts, person.mine);
    return own === null ? t("visits") : t("belongs", { name: own });
  };
  return (
    <>
      <div className={styles.scroller}>
        {rooms.map((room) => {
          const name = roomName(breakouts, room.id) ?? t("main_room");
          return (
            <section key={room.id ?? ""} className={styles.room} aria-label={name} data-testid="open-room">
              <header className={styles.roomHead}>
                <h4 className={styles.heading}>{name}</h4>
                {room.id === place ? (
                  <span className={styles.detail}>{t("you_are_here")}</span>
                ) : (
                  <Button
                    kind="tertiary"
                    size="md"
                    aria-label={t("join_room", { name })}
                    onClick={() => void inMeeting()?.move(room.id)}
                  >
                    {t("join")}
                  </Button>
                )}
              </header>
              <ul role="list" className={styles.people}>
                {room.here.map((person) => row(person, detailOf(person, room)))}
                {room.missing.map((person) => row(person, t("missing")))}
              </ul>
              {room.here.length + room.missing.length === 0 && <p className={styles.hint}>{t("empty")}</p>}
            </section>
          );
        })}
        {breakouts.rooms.length < MOST_ROOMS && (
          <Button kind="tertiary" size="md" disabled={busy} onClick={add}>
            {t("add")}
          </Button>
        )}
      </div>
      <footer className={styles.foot}>
        <DivisionError error={error} />
        <div className={styles.buttons}>
          {(left === null || left > NOTICE * 1000) && (
            <Button
              kind="secondary"
              size="md"
              disabled={busy}
              onClick={() => void attempt(meetings.unite(meetingId, NOTICE))}
            >
              {t("close_soon", { count: NOTICE })}
            </Button>
          )}
          <Button
            size="md"
            destructive
            disabled={busy}
            onClick={() => void attempt(meetings.unite(meetingId, 0))}
          >
            {t("close_now")}
          </Button>
        </div>
      </footer>
    </>
  );
}

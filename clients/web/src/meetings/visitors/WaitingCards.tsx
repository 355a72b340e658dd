import { IconButton } from "@vector-im/compound-web";
import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { OnTop } from "../../ui/OnTop";
import { i18n } from "../../i18n/i18n";
import { useStore } from "../../state/store";
import { currentDoor, meeting } from "../session/meeting";
import { isLive } from "../session/phase";
import { Knocks } from "./knocks";
import { openPanels } from "./panels";
import { useWaiting } from "./useWaiting";
import { VisitorRow } from "./VisitorRow";
import styles from "./Visitors.module.css";

const AT_MOST = 2;

const knocks = new Knocks(
  ({ name }) => ({
    title: i18n.t("knock_title", { ns: "meetings/visitors", name }),
    body: meeting.get()?.title ?? "",
  }),
  () => document.hidden || !document.hasFocus(),
);

/** Tells a moderator, wherever in the product they are, who waits at the door of the meeting they are in. */
export function WaitingCards() {
  const { t } = useTranslation("meetings/visitors");
  const meetingId = useModerated();
  const waiting = useWaiting(meetingId);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => knocks.tell(waiting), [waiting]);
  const listed = useStore(openPanels) > 0;
  const shown = waiting.filter((visitor) => !hidden.has(visitor.id));
  const names = shown.map((visitor) => visitor.name).join(", ");
  if (meetingId === null) return null;
  return (
    <OnTop>
      <div className="visually-hidden" role="status">
        {shown.length > 0 && t("announced", { count: shown.length, names })}
      </div>
      {shown.length > 0 && !listed && (
        <section className={styles.card} aria-label={t("title", { count: shown.length })}>
          <header className={styles.head}>
            <h2>{t("title", { count: shown.length })}</h2>
            <IconButton
              size="28px"
              aria-label={t("later")}
              onClick={() => setHidden(new Set(waiting.map((visitor) => visitor.id)))}
            >
              <CloseIcon />
            </IconButton>
          </header>
          <ul role="list" className={styles.rows}>
            {shown.slice(0, AT_MOST).map((visitor) => (
              <VisitorRow key={visitor.id} meetingId={meetingId} visitor={visitor} />
            ))}
          </ul>
          {shown.length > AT_MOST && (
            <p className={styles.about}>{t("more", { count: shown.length - AT_MOST })}</p>
          )}
        </section>
      )}
    </OnTop>
  );
}

/** The meeting that I am in and moderate; null without one. */
function useModerated(): string | null {
  const here = useStore(meeting);
  return here && isLive(here.phase) ? (currentDoor()?.moderation?.meetingId ?? null) : null;
}

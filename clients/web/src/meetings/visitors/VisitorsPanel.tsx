import { Button } from "@vector-im/compound-web";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import type { Visitor } from "../../api/meetings";
import { toast } from "../../ui/toasts";
import { currentDoor } from "../session/meeting";
import { openPanel } from "./panels";
import { useVisitors } from "./useWaiting";
import { VisitorRow } from "./VisitorRow";
import { decide } from "./visitors";
import styles from "./Visitors.module.css";

/** The waiting room as a moderator sees it: guests and telephones at the door, and phones that are being called. */
export function VisitorsPanel({ meetingId }: { meetingId: string }) {
  const { t } = useTranslation("meetings/visitors");
  const visitors = useVisitors(meetingId);
  useEffect(openPanel, []);
  const waiting = visitors.filter((each) => each.state === "waiting");
  const calling = visitors.filter((each) => each.state === "calling");
  const mayAdmit = currentDoor()?.moderation?.mayInvite ?? true;
  const guests = waiting.filter((each) => each.kind === "guest");
  if (waiting.length + calling.length === 0) return null;
  return (
    <section className={styles.panel} aria-labelledby="visitors-title" data-testid="visitors">
      <header className={styles.head}>
        <h3 id="visitors-title">{t("title", { count: waiting.length })}</h3>
        {mayAdmit && guests.length > 1 && (
          <Button kind="tertiary" size="md" onClick={() => admitAll(meetingId, guests)}>
            {t("admit_all")}
          </Button>
        )}
      </header>
      <ul role="list" className={styles.rows}>
        {[...waiting, ...calling].map((visitor) => (
          <VisitorRow key={visitor.id} meetingId={meetingId} visitor={visitor} />
        ))}
      </ul>
    </section>
  );
}

function admitAll(meetingId: string, guests: readonly Visitor[]): void {
  for (const guest of guests) {
    decide(meetingId, guest, { decision: "admit" }).catch((error: unknown) =>
      toast("error", errorWords(error)),
    );
  }
}

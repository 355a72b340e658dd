import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../../state/store";
import { useLayout } from "../../ui/layout";
import { OnTop } from "../../ui/OnTop";
import { ConsultNote } from "../control/ConsultNote";
import { ElsewhereBar } from "../control/ElsewhereBar";
import { elsewhere, liveCalls, ringingNear } from "../control/live";
import { MeetingNote } from "../control/MeetingNote";
import { NearbyBar } from "../control/NearbyBar";
import { IncomingCard } from "../IncomingCard";
import { SoundNote } from "../quality/SoundNote";
import { useCalls } from "../useCalls";
import { CallBar } from "./CallBar";
import styles from "./CallIsland.module.css";
import { CallPanel } from "./CallPanel";
import { Receipt } from "./Receipt";

interface Props {
  /** Further bars. */
  children?: ReactNode;
  /** Further cards of what rings. */
  cards?: ReactNode;
}

/**
 * All calls in one stack over every section: a bar for each that stands, here or elsewhere, is parked, or rings for a
 * colleague near one, receipts of those that have just ended, then what was opened from a bar, and what rings. Each is below the one before, so that
 * none covers another's controls.
 */
export function CallIsland({ children, cards }: Props) {
  const { t } = useTranslation("calls");
  const phone = useLayout() === "phone";
  const { calls, receipts, expanded } = useCalls();
  const live = useStore(liveCalls);
  const others = elsewhere(live);
  // What rings here for a colleague has a card of its own.
  const near = useStore(ringingNear).filter((call) => !live.some((mine) => mine.call_id === call.call_id));
  const ringing = calls.filter((call) => call.phase === "ringing-in");
  const standing = calls.filter((call) => call.phase !== "ringing-in");
  const bars = standing.filter((call) => call.id !== expanded);
  const stage = bars.length < standing.length;
  return (
    <div className={styles.island}>
      {bars.length + others.length + near.length + receipts.length > 0 && (
        <section className={styles.bars} aria-label={t("calls_in_progress")} inert={stage}>
          {bars.map((call) => (
            <Fragment key={call.id}>
              <CallBar call={call} />
              <ConsultNote call={call} />
              <MeetingNote call={call} />
              <SoundNote call={call} />
            </Fragment>
          ))}
          {others.map((call) => (
            <ElsewhereBar key={call.call_id} call={call} />
          ))}
          {near.map((call) => (
            <NearbyBar key={call.call_id} call={call} />
          ))}
          {receipts.map((call) => (
            <Receipt key={call.id} call={call} />
          ))}
        </section>
      )}
      {children}
      <OnTop>
        <div className={`${styles.corner} ${stage ? "cpd-theme-dark" : ""}`} data-stage={stage || undefined}>
          <CallPanel calls={phone ? bars : standing} />
          <div className={styles.cards}>
            {ringing.map((call) => (
              <IncomingCard key={call.id} call={call} waiting={standing.length > 0} />
            ))}
            {cards}
          </div>
        </div>
      </OnTop>
    </div>
  );
}

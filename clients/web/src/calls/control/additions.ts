import { onServerEvent } from "../../api/events";
import type { CallOutcome } from "../../api/types";
import { i18n } from "../../i18n/i18n";
import { numberFormat } from "../../numbers/numberFormat";
import { calls } from "../manager";
import { isTelephone } from "../peer";
import { told } from "./failures";
import { liveCalls, liveOf } from "./live";
import { together } from "./members";
import type { Target } from "./targets";

/**
 * Tells once what became of somebody who is called into a call of this page: null when they have come, else how the
 * house's call to them ended. The answer ends it.
 */
export function onAdded(id: string, target: Target, tell: (outcome: CallOutcome | null) => void): () => void {
  const present = (): number => {
    const call = calls.get(id)?.snapshot();
    return call ? together(liveOf(call, liveCalls.get())).length : 0;
  };
  const wanted = Math.max(2, present() + 1);
  const done = (outcome: CallOutcome | null): void => {
    end();
    tell(outcome);
  };
  const ends = [
    liveCalls.subscribe(() => present() >= wanted && done(null)),
    onServerEvent(
      "calls",
      ({ call: { direction, peer, ended_at: ended, answered_at: answered, outcome } }) => {
        const theirs = target.userId === null ? isOutside(peer.user_id) : peer.user_id === target.userId;
        if (direction === "outbound" && theirs && ended !== null && answered === null) done(outcome);
      },
    ),
  ];
  const end = (): void => {
    for (const each of ends) each();
  };
  return end;
}

function isOutside(userId: string | null): boolean {
  return userId === null || isTelephone(userId);
}

/** What became of somebody who was called into a call, in words. */
export function additionWords(name: string, outcome: CallOutcome | null): string {
  const t = i18n.getFixedT(null, "calls");
  const shown = { name: numberFormat.get()(name) };
  return outcome === null ? t("added", shown) : t(`not_added_${told(outcome) ?? "reached"}`, shown);
}

import { onServerEvent } from "../../api/events";
import type { CallOutcome } from "../../api/types";
import { i18n } from "../../i18n/i18n";
import { numberFormat } from "../../numbers/numberFormat";
import type { Fate } from "./fates";

/** Calls `listener` once, when nobody has taken a call (by the house's id) that was given on; the answer ends it. */
export function onTransferFailed(callId: string, listener: (outcome: CallOutcome) => void): () => void {
  const end = onServerEvent("transfer_failed", ({ call_id: id, outcome }) => {
    if (id !== callId) return;
    end();
    listener(outcome);
  });
  return end;
}

const TOLD = ["busy", "missed", "rejected"] as const;

/** How a call that nobody took ended, where there are words for it. */
export function told(outcome: CallOutcome): (typeof TOLD)[number] | undefined {
  return TOLD.find((each) => each === outcome);
}

/** Why a call has stayed here, in words. */
export function failureWords({ kind, name }: Fate, outcome: CallOutcome): string {
  const t = i18n.getFixedT(null, "calls");
  if (kind === "move") return t("failed_move");
  return t(`failed_${told(outcome) ?? "transfer"}`, { name: numberFormat.get()(name) });
}

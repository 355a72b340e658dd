import { useTranslation } from "react-i18next";
import type { CallOfAnybody } from "../../api/traces";
import { formatDuration } from "../../calls/duration";
import { useNumberFormat } from "../../numbers/numberFormat";
import admin from "../Admin.module.css";
import styles from "./Calls.module.css";
import { partyWords, soundFault } from "./words";

/** Who called whom. */
export function CallWords({ call }: { call: CallOfAnybody }) {
  const { t } = useTranslation("admin/calls");
  const format = useNumberFormat();
  const caller = partyWords(call.caller, format, call.via.startsWith("trunk") ? t("withheld") : "");
  const callee = partyWords(call.callee, format, call.dialled && format(call.dialled));
  return <strong className={admin.wrap}>{t("call_of", { caller, callee })}</strong>;
}

/** How it ended, how long it was, and what was wrong with its sound. */
export function OutcomeWords({ call }: { call: CallOfAnybody }) {
  const { t } = useTranslation("admin/calls");
  const fault = soundFault(call);
  const rings = call.outcome === "in_progress" && call.answered_at === null;
  const talked =
    call.answered_at !== null && call.ended_at !== null
      ? formatDuration(call.ended_at - call.answered_at)
      : null;
  return (
    <span className={styles.outcome} data-fault={fault !== null || call.outcome === "failed"}>
      {[t(`outcome_${rings ? "ringing" : call.outcome}`), talked, fault && t(fault)]
        .filter(Boolean)
        .join(" · ")}
    </span>
  );
}

import { i18n } from "../i18n/i18n";
import { numberFormat } from "../numbers/numberFormat";
import type { CallSnapshot } from "./call";

/** What a call is doing, in words; null when its timer says it. */
export function phaseWords(call: CallSnapshot): string | null {
  const t = i18n.getFixedT(null, "calls");
  switch (call.phase) {
    case "ringing-in":
      return t(call.video ? "incoming_video_call" : "incoming_call");
    case "ringing-out":
      return t("ringing");
    case "connecting":
      if (call.connectedAt !== null) return t("reconnecting");
      return t(call.direction === "outbound" ? "calling" : "connecting");
    case "held":
      if (!call.heldByUs) return t("held_by_peer", { name: shownName(call) });
      return t(call.heldByPeer ? "held_by_both" : "held");
    default:
      return null;
  }
}

const shownName = (call: CallSnapshot): string => numberFormat.get()(call.peer.name);

/** How a call ended, in words. */
export function endWords(call: CallSnapshot): string {
  const name = shownName(call);
  return i18n.t(`end_${call.endReason ?? "failed"}`, { ns: "calls", name });
}

import type { CallOfAnybody, RungStage, TracedParty } from "../../api/traces";
import { i18n } from "../../i18n/i18n";
import type { NumberFormat } from "../../numbers/numberFormat";

/** Which way the call came. */
export function viaWords(via: string): string {
  if (via.startsWith("trunk:")) return i18n.t("via_trunk", { ns: "admin/calls", name: via.slice(6) });
  if (via === "matrix" || via === "sip" || via === "meeting")
    return i18n.t(`via_${via}`, { ns: "admin/calls" });
  return via;
}

/** A side of a call: the name of a colleague, the number of anybody else. */
export function partyWords(party: TracedParty, format: NumberFormat, otherwise = ""): string {
  const number = party.number && party.number !== party.name ? format(party.number) : "";
  if (party.name) return number ? `${party.name} (${number})` : party.name;
  return number || party.user_id || otherwise || i18n.t("nobody", { ns: "admin/calls" });
}

/** What was wrong with the sound of an answered call; null where nothing is known to be. */
export function soundFault(call: CallOfAnybody): "one_way" | "silent" | null {
  const { caller_to_callee: forth, callee_to_caller: back } = call.audio;
  if (call.answered_at === null || forth === null || back === null || (forth && back)) return null;
  return forth || back ? "one_way" : "silent";
}

/** Seconds since the first message, to the millisecond. */
export function sinceStart(at: number, first: number): string {
  return ((at - first) / 1000).toFixed(3);
}

/** Who rang in a stage of the route, for how long, and after what. */
export function stageWords(stage: RungStage, format: NumberFormat): string {
  const ns = "admin/calls";
  const legs = stage.legs.map(({ kind, to, by }) =>
    i18n.t(`rings_${kind}`, { ns, to: format(to), by: by ?? "" }),
  );
  const words = i18n.t("stage", { ns, legs: legs.join(" + "), seconds: stage.timeout });
  return stage.after.length > 0
    ? `${words} (${i18n.t("stage_after", { ns, after: stage.after.join(", ") })})`
    : words;
}

import type { SoundTrouble } from "../../api/types";
import { i18n } from "../../i18n/i18n";

/** What is wrong and its likely cause, in the person's language; `name` is the other party's. */
export function troubleWords(
  trouble: Pick<SoundTrouble, "fault" | "why" | "mine">,
  name: string,
): { what: string; why: string } {
  const side = trouble.mine ? "mine" : "theirs";
  return {
    what: i18n.t(`sound_${trouble.fault}_${side}`, { ns: "calls", name }),
    why: i18n.t(`sound_why_${trouble.why}_${side}`, { ns: "calls", name }),
  };
}

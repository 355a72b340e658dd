import type { PromptRecording } from "../../api/prompts";

/** What is to be said of a recording by telephone; each is a key of the locales. */
export type Progress =
  | "begins"
  | "rings"
  | "answer"
  | "listen"
  | "speak"
  | "review"
  | "keeps"
  | "kept"
  | "unconfirmed"
  | "left"
  | "silent"
  | "not_kept"
  | "not_answered"
  | "nothing_rings"
  | "lost";

const TALKING = {
  called: "answer",
  briefed: "listen",
  recording: "speak",
  reviewed: "review",
  keeping: "keeps",
  kept: "kept",
  unconfirmed: "unconfirmed",
  left: "left",
  silent: "silent",
  not_kept: "review",
} as const satisfies Record<NonNullable<PromptRecording["step"]>, Progress>;

/** Whether there is more to come of it: the call goes on, or what was said is on its way. */
export function goesOn({ over, step }: PromptRecording): boolean {
  return !over || step === "keeping";
}

/** How far it is. A call that ended in a step which is not the last was cut: of what was said nothing came. */
export function progressOf(recording: PromptRecording): Progress {
  const { devices, over, step, sound } = recording;
  if (step === "called") {
    if (over) return devices.length === 0 ? "nothing_rings" : "not_answered";
    return devices.some(({ state }) => state === "rings" || state === "asks") ? "rings" : "begins";
  }
  if (!over) return step === null ? "begins" : TALKING[step];
  if (step === "not_kept") return "not_kept";
  if (sound !== null) return step === "unconfirmed" ? "unconfirmed" : "kept";
  if (step === "keeping") return "keeps";
  return step === "left" || step === "silent" ? step : "lost";
}
